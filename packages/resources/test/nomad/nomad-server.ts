import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { type Launched, processLauncher } from "../../src/index.js";
import { type Job, jobRequest } from "./job-schema.js";

/** One request as it came. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly token: string | undefined;
  readonly job: Job | undefined;
}

interface Entry {
  readonly job: Job;
  readonly submitted: number;
  /** Of the process that is its allocation; absent when that could not be started. */
  readonly id?: string;
  readonly failure?: string;
  stopped: boolean;
}

/**
 * A server of the part of Nomad's HTTP API that a launcher uses, which refuses requests that are not of the published
 * shapes, and runs jobs as processes of this machine. It is not Nomad.
 */
export class NomadServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  /** What it refuses everything without, when set. */
  token: string | undefined;
  readonly #server: Server;
  readonly #processes = processLauncher({ grace: 300 });
  readonly #jobs = new Map<string, Entry>();

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.statusCode = status;
        response.end(typeof body === "string" ? body : JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<NomadServer> {
    const server = new NomadServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> {
    const { method = "", headers } = request;
    const url = new URL(request.url ?? "", this.address);
    const body = await text(request);
    const parsed = body === "" ? undefined : jobRequest.safeParse(JSON.parse(body));
    const token = headers["x-nomad-token"] as string | undefined;
    const parameters = Object.fromEntries(url.searchParams);
    this.seen.push({ method, path: url.pathname, parameters, token, job: parsed?.data?.Job });
    if (this.token !== undefined && token !== this.token) return { status: 403, body: "Permission denied" };
    const route = `${method} ${url.pathname.replace(/^(\/v1\/job\/)[^/]+/, "$1:id")}`;
    const id = decodeURIComponent(/^\/v1\/job\/([^/]+)/.exec(url.pathname)?.[1] ?? "");
    if (route === "PUT /v1/jobs") {
      if (!parsed?.success) return { status: 400, body: parsed?.error.message ?? "Job must be specified" };
      await this.#register(parsed.data.Job);
      return {
        status: 200,
        body: { EvalID: "e", EvalCreateIndex: 1, JobModifyIndex: 1, Warnings: "", Index: 1 },
      };
    }
    if (route === "GET /v1/jobs") return { status: 200, body: await this.#list(parameters["prefix"] ?? "") };
    const entry = this.#jobs.get(id);
    if (!entry) return { status: 404, body: "job not found" };
    if (route === "GET /v1/job/:id/allocations") return { status: 200, body: await this.#allocations(entry) };
    if (route !== "DELETE /v1/job/:id") return { status: 405, body: "Invalid method" };
    entry.stopped = true;
    // Nomad answers before it has ended.
    if (entry.id !== undefined) void this.#processes.stop(entry.id);
    return { status: 200, body: { EvalID: "e", EvalCreateIndex: 2, JobModifyIndex: 2, Index: 2 } };
  }

  async #register(job: Job): Promise<void> {
    const { Config, Env } = job.TaskGroups[0].Tasks[0];
    const entry = { job, submitted: this.#jobs.size, stopped: false };
    try {
      const { command, args, work_dir: cwd } = Config;
      const { id } = await this.#processes.launch({ command, args, env: Env, cwd });
      this.#jobs.set(job.ID, { ...entry, id });
    } catch (error) {
      this.#jobs.set(job.ID, { ...entry, failure: (error as Error).message });
    }
  }

  async #process({ id }: Entry): Promise<Launched | undefined> {
    return (await this.#processes.list()).find((each) => each.id === id);
  }

  async #list(prefix: string): Promise<object[]> {
    const entries = [...this.#jobs.values()].filter(({ job }) => job.ID.startsWith(prefix));
    return Promise.all(
      entries.map(async (entry) => {
        const { job, submitted, stopped } = entry;
        const state = (await this.#process(entry))?.state ?? "failed";
        const none = { Queued: 0, Complete: 0, Failed: 0, Running: 0, Starting: 0, Lost: 0, Unknown: 0 };
        const counted = {
          running: "Running",
          failed: "Failed",
          ended: "Complete",
          stopped: "Complete",
          waiting: "Queued",
        };
        return {
          ID: job.ID,
          ParentID: "",
          Name: job.Name,
          Namespace: job.Namespace ?? "default",
          Type: job.Type,
          Priority: 50,
          Stop: stopped,
          Status: state === "running" ? "running" : "dead",
          StatusDescription: "",
          JobSummary: {
            JobID: job.ID,
            Namespace: job.Namespace ?? "default",
            Summary: { [job.TaskGroups[0].Name]: { ...none, [counted[state]]: 1 } },
            Children: { Pending: 0, Running: 0, Dead: 0 },
          },
          SubmitTime: submitted,
        };
      }),
    );
  }

  async #allocations(entry: Entry): Promise<object[]> {
    const event =
      entry.failure === undefined
        ? { Type: "Terminated", DisplayMessage: (await this.#process(entry))?.reason ?? "" }
        : { Type: "Driver Failure", DisplayMessage: entry.failure };
    const Events = [
      { Type: "Received", DisplayMessage: "Task received by client" },
      event,
      { Type: "Not Restarting", DisplayMessage: "Policy allows no restarts" },
    ];
    const { Name } = entry.job.TaskGroups[0].Tasks[0];
    return [
      { ID: "a", ClientStatus: "failed", TaskStates: { [Name]: { State: "dead", Failed: true, Events } } },
    ];
  }
}
