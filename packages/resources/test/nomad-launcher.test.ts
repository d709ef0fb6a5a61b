import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { launcherSuite, noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";

import { nomadLauncher, type NomadLauncherOptions } from "../src/index.js";
import { launchedOf } from "../src/launcher/nomad/job-state.js";
import { NomadServer } from "./nomad/nomad-server.js";
import { errorOf } from "./support.js";

noLeftovers();

describe("nomadLauncher()", () => {
  let server: NomadServer;
  beforeAll(async () => {
    server = await NomadServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  // Nomad lets wait what it can never give.
  launcherSuite("Nomad's API", { open: () => nomadLauncher({ address: server.address }), knowsRoom: false });
});

describe("the requests to Nomad", () => {
  it("are a batch job of one task that is started once, with all that was asked for, rounded up", async () => {
    await using server = await NomadServer.start();
    const launcher = nomadLauncher({
      address: `${server.address}/`,
      token: "t",
      namespace: "apps",
      region: "north",
      datacenters: ["dc1"],
      nodePool: "gpus",
      driver: "exec",
      prefix: "mine",
    });
    const request = { command: "/bin/sleep", args: ["0"], env: { A: "b" }, cwd: "/tmp", name: "host" };
    const { id } = await launcher.launch({ ...request, cpu: 1.5, memory: "100.5MiB", gpu: 2 });
    expect(id).toMatch(/^mine-host\.[\w-]{12}$/);
    expect(server.seen).toMatchObject([
      { method: "PUT", path: "/v1/jobs", parameters: { namespace: "apps", region: "north" }, token: "t" },
    ]);
    expect(server.seen[0]?.job).toEqual({
      ID: id,
      Name: id,
      Type: "batch",
      Datacenters: ["dc1"],
      Namespace: "apps",
      Region: "north",
      NodePool: "gpus",
      TaskGroups: [
        {
          Name: "launch",
          Count: 1,
          RestartPolicy: { Attempts: 0, Mode: "fail" },
          ReschedulePolicy: { Attempts: 0, Unlimited: false },
          Tasks: [
            {
              Name: "launch",
              Driver: "exec",
              Config: { command: "/bin/sleep", args: ["0"], work_dir: "/tmp" },
              Env: { A: "b" },
              Resources: { Cores: 2, MemoryMB: 101, Devices: [{ Name: "gpu", Count: 2 }] },
            },
          ],
        },
      ],
    });
  });

  it("go where the environment says, as who it says, unless options do", async () => {
    await using server = await NomadServer.start();
    vi.stubEnv("NOMAD_ADDR", server.address);
    vi.stubEnv("NOMAD_TOKEN", "of the environment");
    vi.stubEnv("NOMAD_NAMESPACE", "apps");
    onTestFinished(() => void vi.unstubAllEnvs());
    await nomadLauncher().list();
    await nomadLauncher({ token: "of the options\n" }).list();
    const [environment, options] = server.seen;
    expect(environment).toMatchObject({ method: "GET", path: "/v1/jobs", token: "of the environment" });
    expect(environment?.parameters).toEqual({ prefix: "troupe-", namespace: "apps" });
    expect(options?.token).toBe("of the options");
  });

  it("list and stop only jobs with the launcher's prefix", async () => {
    await using server = await NomadServer.start();
    const [mine, theirs] = ["mine", "theirs"].map((prefix) =>
      nomadLauncher({ address: server.address, prefix }),
    );
    const { id } = await theirs!.launch({ command: "/bin/sleep", args: ["600"] });
    expect(await mine!.list()).toEqual([]);
    expect(await mine!.stop(id)).toBe(false);
    expect(await theirs!.list()).toMatchObject([{ id, state: "running" }]);
  });
});

describe("Nomad's jobs", () => {
  const summary = (counts: object) => ({ JobSummary: { Summary: { launch: counts } } });
  it.each([
    ["waiting", { Status: "pending" }],
    ["waiting", { Status: "pending", ...summary({ Queued: 1 }) }],
    ["waiting", { Status: "running", ...summary({ Queued: 1 }) }],
    ["running", { Status: "running", ...summary({ Starting: 1 }) }],
    ["running", { Status: "running", ...summary({ Running: 1 }) }],
    ["running", { Status: "dead", Stop: true, ...summary({ Running: 1 }) }],
    ["stopped", { Status: "dead", Stop: true, ...summary({ Complete: 1 }) }],
    ["ended", { Status: "dead", ...summary({ Complete: 1 }) }],
    ["failed", { Status: "dead", ...summary({ Failed: 1 }) }],
    ["failed", { Status: "dead", ...summary({ Lost: 1 }) }],
  ])("are %s when Nomad says %j", (state, job) => {
    const launched = launchedOf({ ID: "troupe-a.b.uid", StatusDescription: "", ...job }, "troupe-");
    expect(launched).toEqual({ id: "troupe-a.b.uid", name: "a.b", state });
  });

  it("say why they failed, in Nomad's words", async () => {
    await using server = await NomadServer.start();
    const launcher = nomadLauncher({ address: server.address });
    await launcher.launch({ command: "/bin/sh", args: ["-c", "exit 3"] });
    await launcher.launch({ command: "/nowhere" });
    const failed = () =>
      launcher.list().then((jobs) => jobs.every(({ state }) => state === "failed") && jobs);
    const jobs = await waitUntil(failed, { what: "both to fail" });
    expect(jobs.map(({ reason }) => reason)).toEqual([
      "Terminated: exit code 3",
      expect.stringMatching(/^Driver Failure: .*no such program/),
    ]);
  });
});

describe("a Nomad that does not do it", () => {
  it("is told: no token, no answer, too late, not Nomad, a refusal", async () => {
    await using server = await NomadServer.start();
    server.token = "right";
    const { address } = server;
    const refused = await errorOf(nomadLauncher({ address, token: "wrong" }).list());
    expect([refused.code, refused.message]).toEqual([
      "ERR_UNAUTHORIZED",
      expect.stringMatching(/NOMAD_TOKEN/),
    ]);
    const silent = await errorOf(nomadLauncher({ address: "http://127.0.0.1:1" }).list());
    expect([silent.code, silent.message]).toEqual(["ERR_TIMEOUT", expect.stringMatching(/NOMAD_ADDR/)]);
    const late = nomadLauncher({ address: await answering(undefined) });
    expect((await errorOf(late.list({ timeout: 20 }))).code).toBe("ERR_TIMEOUT");
    const other = await errorOf(nomadLauncher({ address: await answering([200, "<html>"]) }).list());
    expect([other.code, other.message]).toEqual(["ERR_CONFIG", expect.stringMatching(/not Nomad/)]);
    const invalid = nomadLauncher({ address: await answering([500, "1 error occurred: no datacenters"]) });
    const words = await errorOf(invalid.launch({ command: "/bin/true" }));
    expect([words.code, words.message]).toEqual(["ERR_CONFIG", expect.stringMatching(/no datacenters/)]);
    const leaderless = nomadLauncher({ address: await answering([500, "No cluster leader"]) });
    expect((await errorOf(leaderless.list())).code).toBe("ERR_TIMEOUT");
  });

  it("is not asked for a time limit, which Nomad does not have", async () => {
    const error = await errorOf(nomadLauncher().launch({ command: "/bin/true", timeLimit: 1000 }));
    expect([error.code, error.details["option"]]).toEqual(["ERR_CONFIG", "timeLimit"]);
  });

  it.each([
    ["adress", { adress: "http://127.0.0.1:4646" }],
    ["address", { address: "127.0.0.1:4646" }],
    ["address", { address: "http://" }],
    ["token", { token: "" }],
    ["driver", { driver: "docker" }],
    ["prefix", { prefix: "" }],
    ["datacenters", { datacenters: "dc1" }],
  ])("is not taken from a wrong %s", async (option, options) => {
    const error = await errorOf(() => nomadLauncher(options as NomadLauncherOptions));
    expect([error.code, error.details["option"]]).toEqual(["ERR_CONFIG", option]);
  });
});

/** A server that gives one answer to all, or none; its address. */
async function answering(answer: readonly [status: number, body: string] | undefined): Promise<string> {
  const server = createServer((_, response) => {
    if (answer) response.writeHead(answer[0]).end(answer[1]);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
