import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { type CollectiveGroup } from "../src/index.js";
import { coded, groupOf } from "./support.js";

noLeftovers();
const keep = closing();

async function members(size: number): Promise<CollectiveGroup[]> {
  const groups = await groupOf(size);
  groups.forEach(keep);
  return groups;
}

describe("a member that leaves", () => {
  it("ends what the others wait for, and what they call then", async () => {
    const [one, two, three] = await members(3);
    const waiting = [one!.barrier(), two!.allreduce(new Float32Array(3))];
    const failures = Promise.all(
      waiting.map((call) => expect(call).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 2 .* left/))),
    );
    three!.close();
    await failures;
    await expect(one!.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT"));
    await expect(three!.barrier()).rejects.toThrow(coded("ERR_CLOSED"));
    expect(() => three!.alloc("int8", 1)).toThrow(coded("ERR_CLOSED"));
    await expect(three!.send(new Int8Array(1), { to: 0 })).rejects.toThrow(coded("ERR_CLOSED"));
    three!.close();
  });

  it("does not spoil what it has done with the others, however late they are", async () => {
    for (let i = 0; i < 20; i++) {
      const groups = await members(3);
      const results = await Promise.all(
        groups.map(async (group, rank) => {
          const sum = await group.allreduce(new Int32Array(5000).fill(rank));
          group.close();
          return sum;
        }),
      );
      for (const sum of results) expect(sum.every((value) => value === 3)).toBe(true);
    }
  });

  it("in the middle of a call fails that with ERR_CLOSED", async () => {
    const [one, two] = await members(2);
    const call = expect(one!.barrier()).rejects.toThrow(coded("ERR_CLOSED"));
    const receiving = expect(one!.receive({ from: 1 })).rejects.toThrow(coded("ERR_CLOSED"));
    one!.close();
    await call;
    await receiving;
    await expect(two!.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 0 .* left/));
  });
});

describe("a member that gives an operation up", () => {
  it("after its timeout says so, and the others cannot go on without it", async () => {
    const [one, two] = await members(2);
    await expect(one!.barrier({ timeout: 10 })).rejects.toThrow(coded("ERR_TIMEOUT", /barrier .* 10 ms/));
    await expect(one!.barrier()).rejects.toThrow(coded("ERR_CLOSED", /gave up/));
    await expect(two!.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 0 .* gave up/));
  });

  it("by its signal says so", async () => {
    const [one, two] = await members(2);
    const controller = new AbortController();
    const call = one!.allgather(new Int8Array(2), { signal: controller.signal });
    const waiting = expect(call).rejects.toThrow(coded("ERR_CANCELLED"));
    controller.abort();
    await waiting;
    await expect(two!.barrier()).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 0 .* gave up/));
  });

  it("before it has begun, too", async () => {
    const [one] = await members(2);
    await expect(one!.barrier({ signal: AbortSignal.abort() })).rejects.toThrow(coded("ERR_CANCELLED"));
  });
});
