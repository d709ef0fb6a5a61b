import { closing, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { fifo, prioritized, queue, type ReplayBuffer } from "../src/index.js";
import { Memory } from "../src/memory/memory.js";
import { claimed, empty, kindOf, stable, stateOf, taken, versionOf } from "../src/memory/row-state.js";
import { numbered, type numbers, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

/** The mark of a thread that cannot be: Linux gives no id as high. */
const nobody = (1 << 22) - 1;
const dead = 3;

/** What a head leaves that dies in the middle of something; `change` is how far it got. */
function dieWithin(replay: ReplayBuffer<typeof numbers>, change: (memory: Memory) => void): void {
  const memory = Memory.open(replay.name);
  Atomics.store(memory.headWords, 32 * dead, nobody);
  Atomics.store(memory.headWords, 32 * dead + 1, 1);
  change(memory);
  memory.close();
}

/** Asks in vain, as those do who wait, until the dead has been buried and all is counted. */
async function settled(replay: ReplayBuffer<typeof numbers>, inVain: () => void): Promise<void> {
  const memory = Memory.open(replay.name);
  await waitUntil(() => (inVain(), memory.headWords[32 * dead] === 0 && memory.control.suspect[0] === 0), {
    what: "the dead head to be buried",
  });
  memory.close();
}

describe("a head that dies in the middle", () => {
  it("of writing over a row leaves it empty, and the others as they are", async () => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo() }));
    writeNumbers(replay, 0, 4);
    dieWithin(replay, ({ states }) => (states[1] = claimed(states[1]!, dead)));
    expect(replay.size).toBe(4);
    await settled(replay, () => replay.sample(4));
    expect(replay.size).toBe(3);
    expect([...replay.sample(3)!.columns.value]).toEqual([0, 2, 3]);
    writeNumbers(replay, 4, 8);
    expect(replay.size).toBe(4);
    expect([...replay.sample(4)!.columns.value]).toEqual([4, 5, 6, 7]);
  });

  it("of writing is passed over, and buried by whoever comes by", async () => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo() }));
    writeNumbers(replay, 0, 4);
    dieWithin(replay, ({ states }) => (states[0] = claimed(states[0]!, dead)));
    writeNumbers(replay, 4, 7);
    expect([...replay.sample(3)!.columns.value]).toEqual([4, 5, 6]);
    await settled(replay, () => replay.write({ value: 8 }));
  });

  it("of removing a row has removed it, and its room is there again", async () => {
    const replay = keep(
      numbered({ capacity: 4, sampler: fifo(), maxTimesSampled: 1, rateLimiter: queue(4) }),
    );
    writeNumbers(replay, 0, 4);
    dieWithin(replay, ({ states, times, control }) => {
      Atomics.add(control.samplesBegun, 0, 1n);
      times[0]! += 0x101;
      states[0] = stateOf(taken, dead, versionOf(states[0]!));
    });
    expect(replay.write({ value: 4 })).toBe(false);
    await settled(replay, () => replay.sample(4));
    expect(replay.size).toBe(3);
    expect(replay.write({ value: 4 })).toBe(true);
    expect(replay.write({ value: 5 })).toBe(false);
    expect([...replay.sample(4)!.columns.value]).toEqual([1, 2, 3, 4]);
    expect(replay.sample(1)).toBeUndefined();
  });

  it("of sampling a row for the last time has had it", async () => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo(), maxTimesSampled: 2 }));
    writeNumbers(replay, 0, 2);
    dieWithin(replay, ({ times }) => {
      times[0]! += 0x200; // both samples of the first begun, none ended
      times[1]! += 0x100;
    });
    await settled(replay, () => replay.sample(2));
    expect(replay.size).toBe(1);
    expect([...replay.sample(1)!.columns.value]).toEqual([1]);
    expect(replay.size).toBe(0);
  });

  it("between a row and its count is counted", async () => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo() }));
    writeNumbers(replay, 0, 2);
    dieWithin(replay, ({ control }) => Atomics.sub(control.live, 0, 1));
    expect(replay.size).toBe(1);
    await settled(replay, () => replay.sample(3));
    expect(replay.size).toBe(2);
  });

  it("of what a limiter counts gives its share back", async () => {
    const replay = keep(
      numbered({ capacity: 8, sampler: fifo(), maxTimesSampled: 1, rateLimiter: queue(4) }),
    );
    writeNumbers(replay, 0, 2);
    dieWithin(replay, ({ control }) => {
      Atomics.add(control.insertsBegun, 0, 2n);
      Atomics.add(control.samplesBegun, 0, 1n);
    });
    expect(replay.write({ value: 2 })).toBe(false);
    await settled(replay, () => replay.write({ value: -1 }));
    expect(replay.sample(2)!.columns.value[0]).toBe(0);
    for (let n = replay.size; n < 4; n++) expect(replay.write({ value: n })).toBe(true);
    expect(replay.write({ value: 4 })).toBe(false);
  });

  it("of a change of priorities leaves sums that are put right", async () => {
    const replay = keep(numbered({ capacity: 8, sampler: prioritized({ alpha: 1 }) }));
    writeNumbers(replay, 0, 8);
    dieWithin(replay, ({ trees }) => {
      const tree = trees.get("weight")!;
      tree.nodes[tree.firstLeaf + 2] = 100; // and nothing above it
    });
    const memory = Memory.open(replay.name);
    expect(memory.trees.get("weight")!.root).toBe(8);
    await settled(replay, () => replay.reader().close());
    expect(memory.trees.get("weight")!.root).toBe(107);
    memory.close();
  });

  it("at rest leaves nothing, and costs nothing", async () => {
    const replay = keep(numbered({ capacity: 4, writers: 4, sampler: fifo() }));
    writeNumbers(replay, 0, 4);
    dieWithin(replay, ({ headWords }) => (headWords[32 * dead + 1] = 2));
    await settled(replay, () => replay.reader().close());
  });
});

it("the words of a state are told apart", () => {
  const state = stateOf(stable, 0, 5);
  expect([kindOf(state), versionOf(state)]).toEqual([stable, 5]);
  expect(versionOf(claimed(stateOf(empty, 0, 2 ** 22 - 1), 127))).toBe(0); // begins again
});
