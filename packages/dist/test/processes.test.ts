import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("programs/member.mjs", import.meta.url);

function start(harness: Harness, name: string, options: object = {}): HarnessProcess {
  return harness.spawn(program, { args: [name, JSON.stringify(options)], name });
}

/** A member that runs, and a witness that has seen it join; the witness also serves the registry. */
async function pair(harness: Harness, options: object = {}) {
  const witness = start(harness, "witness");
  await witness.line("joined as witness");
  const member = start(harness, "member", options);
  await witness.line("peer-joined member");
  return { witness, member };
}

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  it("ends a component in order: it leaves at once, and its process ends with code 0 and leaves nothing", async () => {
    await using harness = await Harness.start();
    const { witness, member } = await pair(harness);
    await member.line("joined as member");
    expect(await member.kill(signal)).toEqual({ code: 0, signal: null });
    expect(member.lines.slice(-2)).toEqual(["stopped in order", "launch resolved"]);
    expect(member.stderr).toBe("");
    await witness.line("peer-left member");
    expect(await witness.kill(signal)).toEqual({ code: 0, signal: null });
  });

  it("ends a component that still joins, whatever it waits for", async () => {
    await using harness = await Harness.start();
    const { witness, member } = await pair(harness, { peers: { nobody: 1 } });
    expect(await member.kill(signal)).toEqual({ code: 0, signal: null });
    await witness.line("peer-left member");
    const early = start(harness, "early");
    await early.line("launching");
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const connected = once(silent, "connection") as Promise<[Socket]>;
    const { port } = silent.address() as AddressInfo;
    const unanswered = start(harness, "unanswered", { registry: `tcp://127.0.0.1:${port}` });
    const [connection] = await connected;
    for (const joining of [early, unanswered]) {
      expect(await joining.kill(signal)).toEqual({ code: 0, signal: null });
      expect(joining.lines.at(-1)).toBe("launch resolved");
    }
    await witness.stop();
    connection.destroy();
    silent.close();
  });

  it("is left to the program with signals: false", async () => {
    await using harness = await Harness.start();
    const { witness, member } = await pair(harness, { signals: false });
    await member.line("joined as member");
    expect(await member.kill(signal)).toEqual({ code: null, signal });
    await witness.line("peer-left member");
    await witness.stop();
  });
});

it("a second SIGINT ends a process whose handler is stuck", async () => {
  await using harness = await Harness.start();
  const { witness, member } = await pair(harness);
  await witness.send("send member stick");
  await member.line("stuck");
  process.kill(member.pid, "SIGINT");
  await member.line("interrupted");
  expect(await member.kill("SIGINT")).toEqual({ code: null, signal: "SIGINT" });
  await witness.line("peer-left member");
  await witness.stop();
});

it("a process ends by itself when its component is closed: nothing keeps it", async () => {
  await using harness = await Harness.start();
  const { witness, member } = await pair(harness);
  await member.line("joined as member");
  await member.send("close");
  expect(await member.exited).toEqual({ code: 0, signal: null });
  await witness.line("peer-left member");
  await witness.stop();
});

it("a component whose process stood still until another took its name ends with ERR_NAME_TAKEN", async () => {
  await using harness = await Harness.start();
  const { witness, member } = await pair(harness, { lease: 300 });
  await member.line("joined as member");
  await member.freeze();
  await witness.line("peer-left member");
  const heir = start(harness, "member");
  await heir.line("joined as member");
  await witness.line("peer-rejoined member");
  await member.resume();
  await member.line("stopped ERR_NAME_TAKEN");
  await member.line("launch rejected ERR_NAME_TAKEN");
  expect(await member.exited).toEqual({ code: 0, signal: null });
  await witness.send("send member greet");
  await heir.line("greeted by witness");
  await heir.stop();
  await witness.stop();
});

it("members go on when the one that served the registry is ended, and when it is killed", async () => {
  await using harness = await Harness.start();
  const { witness, member } = await pair(harness);
  const third = start(harness, "third");
  await third.line("joined as third");
  await member.line("peer-joined third");
  expect(await witness.stop()).toEqual({ code: 0, signal: null });
  await member.line("peer-left witness");
  await member.kill();
  await third.line("peer-left member");
  const late = start(harness, "late");
  await third.line("peer-joined late");
  await third.send("send late greet");
  await late.line("greeted by third");
  await late.stop();
  await third.stop();
});
