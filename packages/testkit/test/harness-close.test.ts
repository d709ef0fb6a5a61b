import { existsSync } from "node:fs";
import { createServer } from "node:net";

import { isProcessAlive } from "@troupe/core";
import { expect, it } from "vitest";

import { Harness, type HarnessProcess, waitUntil } from "../src/index.js";

const talker = new URL("programs/talker.mjs", import.meta.url);

/** Starts a harness with one talker that has come to the point of listening to its input. */
async function harnessWith(...wishes: string[]): Promise<{ harness: Harness; child: HarnessProcess }> {
  const harness = await Harness.start({ patience: 300 });
  const child = harness.spawn(talker, { args: wishes });
  await child.line("ready");
  return { harness, child };
}

it("closes in silence, and without a trace, when the test ended its processes", async () => {
  const { harness, child } = await harnessWith();
  await child.send("end");
  await child.exited;
  await harness.close();
  await harness.close();
  expect(existsSync(harness.directory)).toBe(false);
});

it("names a process that the test did not end, and ends it", async () => {
  const { harness, child } = await harnessWith();
  await expect(harness.close()).rejects.toThrow(/the test did not end: talker\.mjs \(pid \d+, running\)/);
  expect(child.exit).toEqual({ code: null, signal: "SIGKILL" });
  expect(existsSync(harness.directory)).toBe(false);
});

it("names an orphan that outlives its parent, and ends it", async () => {
  const harness = await Harness.start({ patience: 300 });
  const child = harness.spawn(talker, { args: ["orphan"] });
  const [, orphan] = await child.line(/orphan (\d+)/);
  await child.line("ready");
  await child.kill();
  await expect(harness.close()).rejects.toThrow(`(pid ${orphan})`);
  await waitUntil(() => !isProcessAlive({ pid: Number(orphan), startTime: 0 }), { what: "the orphan's end" });
});

it("names an entry of the runtime directory that a process forgot", async () => {
  const { harness, child } = await harnessWith("entry");
  await child.stop();
  await expect(harness.close()).rejects.toThrow(/an entry of the runtime directory: .*forgotten\.txt/);
});

it("names a process that ended in order and left its socket", async () => {
  const { harness, child } = await harnessWith("stale");
  await child.stop();
  await expect(harness.close()).rejects.toThrow(/a socket of talker\.mjs .*ended without removing it/);
});

it("sweeps the socket of a process that was killed, which could not", async () => {
  const { harness, child } = await harnessWith("socket");
  await child.kill();
  await harness.close();
});

it("names a socket that is still bound", async () => {
  const harness = await Harness.start({ patience: 300 });
  const path = `${harness.runtimeDirectory}/open.sock`;
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  await expect(harness.close()).rejects.toThrow(`a socket that is still bound: ${path}`);
  await new Promise((resolve) => server.close(resolve));
});

it("starts no process once it is closed", async () => {
  const harness = await Harness.start({ patience: 300 });
  await harness.close();
  expect(() => harness.spawn(talker)).toThrow(/closed/);
});
