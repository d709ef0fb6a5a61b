import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";

import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);
const workers = 2;

/** A run in the middle: all its processes wait for a registry that does not answer. */
class HeldRun implements AsyncDisposable {
  private constructor(
    readonly process: HarnessProcess,
    private readonly server: ReturnType<typeof createServer>,
    private readonly connections: Set<Socket>,
  ) {}

  static async start(harness: Harness): Promise<HeldRun> {
    const connections = new Set<Socket>();
    const server = createServer((socket) => connections.add(socket.on("error", () => {})));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const registry = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const hello = harness.spawn(program, { args: ["-w", String(workers), "--registry", registry] });
    const run = new HeldRun(hello, server, connections);
    while (connections.size < workers + 1) await once(server, "connection");
    return run;
  }

  /** Process ids of the runner and the workers. */
  async children(): Promise<number[]> {
    const { pid } = this.process;
    return (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").map(Number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

describe("hello-world in the middle of a run", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("ends all its processes in order by %s", async (signal) => {
    await using harness = await Harness.start();
    await using run = await HeldRun.start(harness);
    expect(await run.process.kill(signal)).toEqual({ code: 130, signal: null });
    expect([run.process.stdout, run.process.stderr]).toEqual(["", ""]);
  });

  it("ends them once by the SIGINT of a terminal, which goes to the whole process group", async () => {
    await using harness = await Harness.start();
    await using run = await HeldRun.start(harness);
    process.kill(-run.process.pid, "SIGINT");
    expect(await run.process.exited).toEqual({ code: 130, signal: null });
    expect([run.process.stdout, run.process.stderr]).toEqual(["", ""]);
  });

  it("ends with an error, and all its processes, when one of them is killed", async () => {
    await using harness = await Harness.start();
    await using run = await HeldRun.start(harness);
    process.kill((await run.children()).at(-1)!, "SIGKILL");
    expect(await run.process.exited).toEqual({ code: 1, signal: null });
    expect(run.process.stderr).toBe("a process was ended by SIGKILL\n");
  });
});
