import { closing, noLeftovers } from "@troupe/testkit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { arrayOf, difference, random, types } from "./programs/plan.mjs";
import { coded, groupOf } from "./support.js";

noLeftovers();
const keep = closing();

const members = async (size: number) => {
  const groups = await groupOf(size);
  groups.forEach(keep);
  return groups;
};

describe("messages between two members", () => {
  it("arrive whole and in order, of any type and length", async () => {
    const [one, two] = await members(2);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...types), fc.oneof(fc.nat(20), fc.nat(50_000))), { maxLength: 6 }),
        fc.integer(),
        async (forms, seed) => {
          const next = random(seed);
          const arrays = forms.map(([type, length]) => arrayOf(type, length, next));
          const sending = arrays.map((array) => one!.send(array, { to: 1 }));
          for (const array of arrays) {
            const got = await two!.receive({ from: 0 });
            expect(difference(got, array)).toBeUndefined();
          }
          await Promise.all(sending);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("go both ways and beside operations of all, in a ring of neighbours", async () => {
    const groups = await members(4);
    const results = await Promise.all(
      groups.map(async (group, rank) => {
        const sum = group.allreduce(Int32Array.of(rank));
        const [right, left] = [(rank + 1) % 4, (rank + 3) % 4];
        const large = new Int32Array(100_000).fill(rank);
        const [, got] = await Promise.all([group.send(large, { to: right }), group.receive({ from: left })]);
        return [got[99_999], (await sum)[0]];
      }),
    );
    expect(results).toEqual([
      [3, 6],
      [0, 6],
      [1, 6],
      [2, 6],
    ]);
  });

  it("that are small are sent without a wait, and received when the sender has left", async () => {
    const [one, two] = await members(2);
    await one!.send(Float32Array.of(1), { to: 1 });
    await one!.send(new Float32Array(0), { to: 1 });
    one!.close();
    expect(await two!.receive({ from: 0 })).toEqual(Float32Array.of(1));
    expect(await two!.receive({ from: 0 })).toEqual(new Float32Array(0));
    await expect(two!.receive({ from: 0 })).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 0/));
  });

  it("that do not fit where they are wanted stay for the next call", async () => {
    const [one, two] = await members(2);
    await one!.send(Float32Array.of(1, 2), { to: 1 });
    await expect(two!.receive({ from: 0, into: new Float32Array(3) })).rejects.toThrow(
      coded("ERR_SCHEMA", /comes is float32 \[2\], into is float32 \[3\]/),
    );
    const into = new Float32Array(2);
    expect(await two!.receive({ from: 0, into })).toBe(into);
    expect(into).toEqual(Float32Array.of(1, 2));
  });

  it("that do not come in time are waited for in vain, and may come later", async () => {
    const [one, two] = await members(2);
    await expect(two!.receive({ from: 0, timeout: 5 })).rejects.toThrow(coded("ERR_TIMEOUT", /receive from/));
    const aborted = AbortSignal.abort();
    await expect(two!.receive({ from: 0, signal: aborted })).rejects.toThrow(coded("ERR_CANCELLED"));
    await one!.send(Int8Array.of(1), { to: 1 });
    expect(await two!.receive({ from: 0 })).toEqual(Int8Array.of(1));
    await Promise.all([one!.barrier(), two!.barrier()]);
  });

  it("that are given up half way end the group", async () => {
    const [one, two] = await members(2);
    await expect(one!.send(new Float64Array(100_000), { to: 1, timeout: 5 })).rejects.toThrow(
      coded("ERR_TIMEOUT", /send to/),
    );
    await expect(two!.receive({ from: 0 })).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 0 .* gave up/));
    await expect(two!.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT"));
  });
});
