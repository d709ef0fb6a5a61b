import { spawn } from "node:child_process";
import { once } from "node:events";

import { deferred } from "@troupe/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type BrainPort, type Death, Node } from "../src/index.js";

const brain = { peer: () => undefined } as unknown as BrainPort;
const open = (name: string) =>
  Node.open({
    name,
    component: "pool",
    host: "host-0",
    head: "driver-0",
    agent: "driver-0",
    brain: () => brain,
  });

/** Pid of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid!;
}

describe("a process that comes back under its name before the news that it had died", () => {
  let here: Node;
  let successor: Node;
  let death: Death;
  let ended: string[];
  beforeEach(async () => {
    [here, successor] = await Promise.all([open("here"), open("pool-1")]);
    const pid = await endedPid();
    death = { process: "pool-1", pid, exitCode: null, signal: "SIGKILL", stderr: [], reason: "was killed" };
    const { self } = successor.transport;
    here.introduce({ ...self, incarnation: "dead", process: { ...self.process, pid } });
    successor.introduce(here.transport.self);
    here.onGone((name) => ended.push(name));
    ended = [];
  });
  afterEach(() => Promise.all([here.close(), successor.close()]));

  it("is answered", async () => {
    const [asked, news] = [deferred<void>(), deferred<void>()];
    here.serve("slow", () => (asked.resolve(), news.promise.then(() => "answered")));
    const answer = successor.request("here", "slow", undefined);
    await asked.promise;
    here.gone(death);
    news.resolve();
    expect(await answer).toBe("answered");
  });

  it("has what waits for its predecessor ended when it comes, once, and nothing of its own when the news does", async () => {
    here.serve("greet", () => "greeted");
    successor.serve("slow", () => "answered");
    const ofTheDead = new Promise((_, reject) => here.pending.open("pool-1", () => {}, reject, undefined));
    const [failure] = await Promise.allSettled([ofTheDead, successor.request("here", "greet", undefined)]);
    expect(failure).toMatchObject({ reason: { code: "ERR_ACTOR_DIED", details: { pid: death.pid } } });
    const answer = here.request("pool-1", "slow", undefined);
    here.gone(death);
    expect(await answer).toBe("answered");
    expect(ended).toEqual(["pool-1"]);
  });
});
