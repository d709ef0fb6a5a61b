import { noLeftovers } from "@troupe/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type CollectiveGroup } from "../src/index.js";
import { coded, groupOf } from "./support.js";

noLeftovers();

let groups: CollectiveGroup[];
let one: CollectiveGroup;
let two: CollectiveGroup;
let three: CollectiveGroup;

beforeEach(async () => {
  groups = await groupOf(3);
  [one, two, three] = groups as [CollectiveGroup, CollectiveGroup, CollectiveGroup];
});

/** After whatever went wrong the group goes on. */
afterEach(async () => {
  const sums = await Promise.all(groups.map((group) => group.allreduce(Int32Array.of(group.rank))));
  expect(sums).toEqual([Int32Array.of(3), Int32Array.of(3), Int32Array.of(3)]);
  for (const group of groups) group.close();
});

async function allFail(calls: readonly Promise<unknown>[], error: unknown): Promise<void> {
  await Promise.all(calls.map((call) => expect(call).rejects.toThrow(error)));
}

const floats = () => new Float32Array(6);

describe("all members are told when one", () => {
  it("calls another operation", async () => {
    await allFail(
      [one.barrier(), two.barrier(), three.allreduce(floats())],
      coded("ERR_CONFIG", /member 0 calls barrier, member 2 calls allreduce/),
    );
  });

  it("calls it with other options", async () => {
    await allFail(
      [one.allreduce(floats()), two.allreduce(floats(), { op: "max" }), three.allreduce(floats())],
      coded("ERR_CONFIG", /op is sum in member 0, and max in member 1/),
    );
    await allFail(
      [one.gather(floats()), two.gather(floats(), { root: 1 }), three.gather(floats())],
      coded("ERR_CONFIG", /root is 0 in member 0, and 1 in member 1/),
    );
    await allFail(
      [one.reduce(floats()), two.reduce(floats()), three.reduce(floats(), { algorithm: "tree" })],
      coded("ERR_CONFIG", /algorithm is direct in member 0, and tree in member 2/),
    );
  });

  it("gives another length or type", async () => {
    await allFail(
      [one.allreduce(floats()), two.allreduce(floats()), three.allreduce(new Float32Array(7))],
      coded("ERR_SCHEMA", /float32 \[6\] in member 0, and float32 \[7\] in member 2/),
    );
    await allFail(
      [one.allgather(floats()), two.allgather(new Int32Array(6)), three.allgather(floats())],
      coded("ERR_SCHEMA", /float32 \[6\] in member 0, and int32 \[6\] in member 1/),
    );
    await allFail(
      [one.broadcast(floats()), two.broadcast(new Float32Array(5)), three.broadcast()],
      coded("ERR_SCHEMA", /float32 \[5\] in member 1/),
    );
    await allFail(
      [one.scatter(floats()), two.scatter(undefined, { into: new Float32Array(3) }), three.scatter()],
      coded("ERR_SCHEMA", /float32 \[2\] in member 0, and float32 \[3\] in member 1/),
    );
    const large = (length: number) => one.alloc("float64", length);
    await allFail(
      [one.allreduce(large(4000)), two.allreduce(new Float64Array(4001)), three.allreduce(large(4000))],
      coded("ERR_SCHEMA", /\[4000\] in member 0, and float64 \[4001\] in member 1/),
    );
  });
});

describe("a call that is wrong in itself is refused, and the others are told", () => {
  const wrong: [what: string, call: (group: CollectiveGroup) => Promise<unknown>, error: unknown][] = [
    ["no array", (group) => group.allreduce([1] as never), coded("ERR_CONFIG", /typed array of int8/)],
    [
      "nothing from the root",
      (group) => group.scatter(undefined, { root: 0 }),
      coded("ERR_CONFIG", /typed array of .* not undefined/),
    ],
    [
      "a root that is none",
      (group) => group.reduce(floats(), { root: 3 }),
      coded("ERR_CONFIG", /root is a rank from 0 to 2/),
    ],
    [
      "an op that is none",
      (group) => group.allreduce(floats(), { op: "xor" as never }),
      coded("ERR_CONFIG", /op/),
    ],
    [
      "bits of floats",
      (group) => group.allreduce(floats(), { op: "and" }),
      coded("ERR_CONFIG", /no and of float32/),
    ],
    [
      "an algorithm that is none",
      (group) => group.allreduce(floats(), { algorithm: "star" as never }),
      coded("ERR_CONFIG", /algorithm/),
    ],
    [
      "parts that are not of the same length",
      (group) => group.reduceScatter(new Float32Array(7)),
      coded("ERR_CONFIG", /7 elements has no 3 parts/),
    ],
    [
      "into of another length",
      (group) => group.allgather(floats(), { into: floats() }),
      coded("ERR_SCHEMA", /comes is float32 \[18\], into is float32 \[6\]/),
    ],
    [
      "into of another type",
      (group) => group.allreduce(floats(), { into: new Float64Array(6) as never }),
      coded("ERR_SCHEMA", /into is float64/),
    ],
    [
      "into that is what is given in part",
      (group) => {
        const array = new Float32Array(24);
        return group.allgather(array.subarray(0, 6), { into: array.subarray(0, 18) });
      },
      coded("ERR_CONFIG", /in common/),
    ],
    ["a timeout that is none", (group) => group.barrier({ timeout: -1 }), coded("ERR_CONFIG", /timeout/)],
  ];
  it.each(wrong)("%s", async (_, call, error) => {
    await Promise.all([
      expect(call(one)).rejects.toThrow(error),
      allFail(
        [two.allreduce(floats()), three.allreduce(floats())],
        coded("ERR_CONFIG", /member 0 was refused/),
      ),
    ]);
  });
});

it("arrays that cannot be made are refused", () => {
  expect(() => one.alloc("float16" as never, 1)).toThrow(coded("ERR_CONFIG", /type/));
  for (const length of [-1, 1.5, NaN, "3" as never])
    expect(() => one.alloc("int8", length)).toThrow(coded("ERR_CONFIG", /length/));
  expect(() => one.alloc("float64", 2 ** 45)).toThrow(coded("ERR_STORE_FULL"));
});

it("messages that cannot be sent are refused", async () => {
  for (const to of [0, 3, -1, 0.5, undefined as never])
    await expect(one.send(floats(), { to })).rejects.toThrow(coded("ERR_CONFIG", /rank of another member/));
  await expect(one.receive({ from: 0 })).rejects.toThrow(coded("ERR_CONFIG", /rank of another member/));
  await expect(one.send("text" as never, { to: 1 })).rejects.toThrow(coded("ERR_CONFIG", /typed array/));
  await expect(one.receive({ from: 1, timeout: NaN })).rejects.toThrow(coded("ERR_CONFIG", /timeout/));
});
