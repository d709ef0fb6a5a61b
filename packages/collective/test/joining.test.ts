import { closing, noLeftovers } from "@troupe/testkit";
import { findSegments } from "@troupe/shm";
import { describe, expect, it } from "vitest";

import { collective, type CollectiveOptions, collectiveName } from "../src/index.js";
import { labelOf } from "../src/collective-name.js";
import { coded, groupOf } from "./support.js";

noLeftovers();
const keep = closing();

describe("a group", () => {
  it("is there when all have joined, in any order, and its memory goes when member 0 leaves", async () => {
    const name = collectiveName("any");
    const groups = await Promise.all([2, 0, 1].map((rank) => collective({ name, rank, size: 3 })));
    groups.forEach(keep);
    expect(groups.map(({ rank, size }) => [rank, size])).toEqual([
      [2, 3],
      [0, 3],
      [1, 3],
    ]);
    expect(findSegments(labelOf(name))).toHaveLength(1);
    groups[1]!.close();
    expect(findSegments(labelOf(name))).toEqual([]);
  });

  it("of one member does everything alone", async () => {
    const group = keep(await collective({ name: collectiveName(), rank: 0, size: 1 }));
    await group.barrier();
    expect(await group.allreduce(Float32Array.of(1, 2))).toEqual(Float32Array.of(1, 2));
    expect(await group.allToAll(Int8Array.of(3))).toEqual(Int8Array.of(3));
  });

  it("may be met again under its name when it is over", async () => {
    const name = collectiveName();
    for (let i = 0; i < 3; i++) {
      const groups = await Promise.all([0, 1].map((rank) => collective({ name, rank, size: 2 })));
      groups.forEach(keep);
      const sums = await Promise.all(groups.map((group) => group.allreduce(Int32Array.of(i))));
      expect(sums).toEqual([Int32Array.of(2 * i), Int32Array.of(2 * i)]);
      // In any order.
      groups[i % 2]!.close();
      groups[1 - (i % 2)]!.close();
    }
  });

  it("of 64 members goes", async () => {
    const groups = await groupOf(64);
    groups.forEach(keep);
    for (const algorithm of ["direct", "ring", "tree"] as const) {
      const sums = await Promise.all(
        groups.map((group, rank) => group.allreduce(new Float64Array(500).fill(rank), { algorithm })),
      );
      expect(sums.every((sum) => sum.every((value) => value === 2016))).toBe(true);
    }
  });
});

describe("who cannot join", () => {
  it("is told: another has the rank", async () => {
    const groups = await groupOf(2);
    groups.forEach(keep);
    const { name } = groups[0]!;
    for (const rank of [0, 1])
      await expect(collective({ name, rank, size: 2 })).rejects.toThrow(coded("ERR_NAME_TAKEN", /member/));
    await Promise.all(groups.map((group) => group.barrier()));
  });

  it("is told: the group is of another size", async () => {
    const name = collectiveName();
    const joining = [0, 1].map((rank) => collective({ name, rank, size: 2 }));
    await expect(collective({ name, rank: 2, size: 3 })).rejects.toThrow(
      coded("ERR_CONFIG", /has 2 members, not 3/),
    );
    for (const group of await Promise.all(joining)) keep(group);
  });

  it("is told: members did not come, and who", async () => {
    const name = collectiveName();
    const alone = collective({ name, rank: 1, size: 4, timeout: 20 });
    await expect(alone).rejects.toThrow(coded("ERR_TIMEOUT", /Member 0 .* on this host/));
    const first = collective({ name, rank: 0, size: 4, timeout: 200 });
    const second = collective({ name, rank: 2, size: 4 });
    await Promise.all([
      expect(first).rejects.toThrow(coded("ERR_TIMEOUT", /Members 1, 3 .* did not come/)),
      // The other was there, and is told who did not wait.
      expect(second).rejects.toThrow(coded("ERR_PEER_LEFT", /Member 0/)),
    ]);
    expect(findSegments(labelOf(name))).toEqual([]);
  });

  it("is told: its signal aborted", async () => {
    const controller = new AbortController();
    const joining = collective({ name: collectiveName(), rank: 0, size: 2, signal: controller.signal });
    controller.abort();
    await expect(joining).rejects.toThrow(coded("ERR_CANCELLED"));
  });

  it("is told: the group is of another host, and what to do", async () => {
    const name = collectiveName().replace(/@.*/, "@00000000");
    await expect(collective({ name, rank: 0, size: 2 })).rejects.toThrow(
      coded("ERR_CONFIG", /another host.*placement/),
    );
  });

  const wrong: [what: string, options: Partial<CollectiveOptions>, message: RegExp][] = [
    ["no name", { name: "" }, /name/],
    ["a rank that is none", { rank: 2 }, /rank is a whole number from 0 to 1/],
    ["a size that is none", { size: 0 }, /size/],
    ["too many", { size: 65 }, /size is a whole number from 1 to 64/],
    ["slots that are none", { slotBytes: 10 }, /slotBytes/],
    ["a timeout that is none", { timeout: NaN }, /timeout/],
    ["an unknown option", { ranks: 1 } as never, /ranks; rank may be meant/],
  ];
  it.each(wrong)("is told: %s", async (_, options, message) => {
    await expect(collective({ name: "x", rank: 0, size: 2, ...options })).rejects.toThrow(
      coded("ERR_CONFIG", message),
    );
  });
});
