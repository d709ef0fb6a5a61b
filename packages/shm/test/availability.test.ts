import { execFileSync } from "node:child_process";

import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { program } from "./fixtures.js";

/** A shell in which `/dev/shm` holds 2 MiB and is this test's alone. */
const smallMachine = [
  "unshare",
  "--mount",
  "sh",
  "-c",
  'mount -t tmpfs -o size=2m none /dev/shm && exec "$0" "$@"',
];

describe("shared memory", () => {
  it("costs a program that only imports it no native binding", async () => {
    await using harness = await Harness.start();
    await using child = harness.spawn(program("availability.mjs"));
    await child.line("binding before: false");
    await child.line("problem: none");
    await child.line("binding after: true");
    expect((await child.exited).code).toBe(0);
  });

  it("says that it is switched off, and how to switch it on", async () => {
    await using harness = await Harness.start();
    await using child = harness.spawn(program("availability.mjs"), { env: { TROUPE_SHM: "0" } });
    await child.line(/problem: .*TROUPE_SHM/);
    for (const what of ["segment", "ring", "reader", "arena", "slabs", "mutex", "event"]) {
      await child.line(new RegExp(`${what}: ERR_CONFIG .*TROUPE_SHM`));
    }
    expect((await child.exited).code).toBe(0);
  });

  it.runIf(canMakeSmallMachine())("that is full is an error, and no bus error at a later write", async () => {
    await using harness = await Harness.start();
    await using child = harness.spawn(program("fill-up.mjs"), {
      under: smallMachine,
      execArgv: ["--expose-gc"],
    });
    await child.line("segments: ERR_STORE_FULL");
    await child.line("ring: ERR_STORE_FULL");
    await child.line("block: none");
    await child.line("written to all");
    await child.line("room again, for a segment of less");
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});

/** Only root may, and not in every container. */
function canMakeSmallMachine(): boolean {
  try {
    const [command, ...args] = smallMachine as [string, ...string[]];
    execFileSync(command, [...args, "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
