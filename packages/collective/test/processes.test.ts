import { readdirSync } from "node:fs";
import { Worker } from "node:worker_threads";

import { closing, Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { sweepSegments } from "@troupe/shm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { collective, collectiveName } from "../src/index.js";
import { difference, doStep, expected, random, stepOf } from "./programs/plan.mjs";
import { coded, program } from "./support.js";

noLeftovers();
const keep = closing();

const segmentsOf = (pid: number) =>
  readdirSync("/dev/shm").filter((file) => file.startsWith("troupe.") && file.split(".")[3] === `${pid}`);

describe("members that are processes and threads", () => {
  it("get what one process computes, whatever they do, and leave nothing", async () => {
    await using harness = await Harness.start();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 5 }),
        fc.integer(),
        fc.constantFrom(1024, 4096, 262_144),
        async (size, seed, slotBytes) => {
          const name = collectiveName();
          const threads = size > 3 ? 2 : 0;
          const member = (rank: number, threads: number) =>
            harness.spawn(program("member.mjs"), {
              args: [name, ...[rank, size, seed, 40, slotBytes, threads].map(String)],
            });
          const processes: HarnessProcess[] = [];
          for (let rank = 0; rank < size - threads; rank++) processes.push(member(rank, 0));
          if (threads > 0) processes.push(member(size - threads, threads));
          for (const process of processes) {
            expect([await process.exited, process.stderr]).toEqual([{ code: 0, signal: null }, ""]);
            expect(segmentsOf(process.pid)).toEqual([]);
          }
          expect(processes.flatMap(({ lines }) => lines.filter((line) => line === "right"))).toHaveLength(
            size,
          );
        },
      ),
      { numRuns: 4 },
    );
  });
});

describe("a member that is killed", () => {
  it.each([1, 2, 3, 4])("at any moment is noticed by all others (%i)", async (round) => {
    await using harness = await Harness.start();
    const name = collectiveName();
    const seed = 100 + round;
    const spawn = (rank: number) =>
      harness.spawn(program("go-on.mjs"), { args: [name, `${rank}`, "3", `${seed}`] });
    const [victim, other] = [spawn(1), spawn(2)];
    const group = keep(await collective({ name, rank: 0, size: 3, slotBytes: 4096 }));
    const next = random(seed);
    const last = Math.floor(random(round)() * 60);
    let killed: Promise<unknown> | undefined;
    const goOn = async () => {
      for (let i = 0; ; i++) {
        const step = stepOf(next, 3, 3000);
        expect(difference(await doStep(group, step), expected(step, 0))).toBeUndefined();
        if (i === last) killed = victim.kill();
      }
    };
    await expect(goOn()).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 1 .* died/));
    await other.line("ERR_PEER_LEFT 1");
    await killed;
    expect((await other.exited).code).toBe(0);
    // Whatever is called now fails in the same way.
    await expect(group.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 1/));
  });

  it("and made the memory leaves it to be swept", async () => {
    await using harness = await Harness.start();
    const name = collectiveName();
    const maker = harness.spawn(program("hold.mjs"), { args: [name, "0", "2"] });
    const group = keep(await collective({ name, rank: 1, size: 2 }));
    await maker.line("joined");
    const refused = expect(group.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 0/));
    await maker.kill();
    await refused;
    sweepSegments();
    expect(segmentsOf(maker.pid)).toEqual([]);
  });

  it("is noticed when it is a thread of a process that goes on", async () => {
    const name = collectiveName();
    const worker = new Worker(program("go-on.mjs"), { workerData: [name, 1, 2, 5], stdout: true });
    const group = keep(await collective({ name, rank: 0, size: 2, slotBytes: 4096 }));
    const next = random(5);
    for (let i = 0; i < 5; i++) await doStep(group, stepOf(next, 2, 3000));
    await worker.terminate();
    const goOn = async () => {
      for (;;) await doStep(group, stepOf(next, 2, 3000));
    };
    await expect(goOn()).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 1 .* died/));
  });

  it("does not keep the others from meeting again under the same name", async () => {
    await using harness = await Harness.start();
    const name = collectiveName();
    const victim = harness.spawn(program("hold.mjs"), { args: [name, "1", "2"] });
    const first = keep(await collective({ name, rank: 0, size: 2 }));
    await victim.line("joined");
    await victim.kill();
    const other = harness.spawn(program("hold.mjs"), { args: [name, "1", "2"] });
    const second = keep(await collective({ name, rank: 0, size: 2 }));
    await other.line("joined");
    await expect(first.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT"));
    await expect(second.barrier({ timeout: 1 })).rejects.toThrow(coded("ERR_TIMEOUT"));
    await other.send("end");
    await other.exited;
  });
});

it("a member that is frozen is waited for, and the operation is right when it goes on", async () => {
  await using harness = await Harness.start();
  const name = collectiveName();
  const other = harness.spawn(program("member.mjs"), { args: [name, "1", "2", "9", "30", "4096", "0"] });
  const group = keep(await collective({ name, rank: 0, size: 2, slotBytes: 4096 }));
  await other.line("joined");
  await other.freeze();
  const next = random(9);
  let done = 0;
  const all = (async () => {
    for (; done < 30; done++) {
      const step = stepOf(next, 2, 3000);
      expect(difference(await doStep(group, step), expected(step, 0))).toBeUndefined();
    }
  })();
  // The event loop goes on meanwhile: what it does is what is waited for here.
  let turns = 0;
  await waitUntil(() => ++turns > 20, { what: "turns of the event loop" });
  await other.resume();
  await all;
  await other.line("right");
  await other.exited;
});

it("of two that want to be member 0 at once one is", async () => {
  await using harness = await Harness.start();
  const name = collectiveName();
  const rivals = [0, 1, 2].map(() => harness.spawn(program("hold.mjs"), { args: [name, "0", "2"] }));
  const group = keep(await collective({ name, rank: 1, size: 2 }));
  const ends = await Promise.all(rivals.map((rival) => rival.line(/joined|ERR_NAME_TAKEN/)));
  expect(ends.map(([line]) => line).sort()).toEqual(["ERR_NAME_TAKEN", "ERR_NAME_TAKEN", "joined"]);
  group.close();
  for (const rival of rivals) {
    await rival.send("end").catch(() => undefined);
    await rival.exited;
  }
});
