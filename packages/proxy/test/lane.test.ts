import { Kind, PacketReader, TroupeError, type WireMessage } from "@troupe/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Lane, type Packet } from "../src/link/lane.js";
import { Introductions } from "../src/link/introductions.js";
import { RecentMap } from "../src/recent-map.js";
import { failureOf } from "./fixtures.js";

const message = (id: number, size: number): WireMessage => [
  Kind.group,
  id,
  "n",
  null,
  null,
  null,
  null,
  "x".repeat(size),
];

function idsIn({ frames }: Packet): number[] {
  const reader = new PacketReader(frames as Buffer[]);
  const ids: number[] = [];
  for (let wire = reader.next(); wire; wire = reader.next()) ids.push(wire[1] as number);
  return ids;
}

describe("a lane", () => {
  it("gives out what was put in, in order and once, whoever had to wait for room", async () => {
    const step = fc.oneof(
      fc.record({ put: fc.constantFrom(10, 1000, 70_000) }),
      fc.record({ take: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const limits = { message: 100_000, outbound: 4096, waiting: 10_000_000 };
        const lane = new Lane("me", limits, true);
        const put: number[] = [];
        const taken: number[] = [];
        const waits: Promise<void>[] = [];
        for (const { put: size, take } of steps as { put?: number; take?: boolean }[]) {
          if (size !== undefined) {
            const wire = message(put.length, size);
            put.push(put.length);
            if (lane.full) waits.push(lane.enqueue(wire, "room", {}));
            else lane.add(wire);
            // What is inside is no more than the bound and the message with which it was passed.
            expect(lane.byteLength).toBeLessThan(limits.outbound + 71_000);
          } else {
            const packet = lane.take(take ?? true);
            if (packet) taken.push(...idsIn(packet));
            if (packet) expect(packet.messages).toBe(idsIn(packet).length);
          }
        }
        for (let packet = lane.take(true); packet; packet = lane.take(true)) taken.push(...idsIn(packet));
        await Promise.all(waits);
        expect(taken).toEqual(put);
        expect([lane.count, lane.byteLength, lane.full]).toEqual([0, 0, false]);
      }),
    );
  });

  it("leaves out who gave up waiting, and tells the others when there is nothing to wait for", async () => {
    const lane = new Lane("me", { message: 10_000, outbound: 1024, waiting: 10_000_000 }, true);
    lane.add(message(0, 2000));
    const controller = new AbortController();
    const cancelled = failureOf(lane.enqueue(message(1, 10), "room", { signal: controller.signal }));
    const admitted = lane.enqueue(message(2, 2000), "room", {});
    const refused = failureOf(lane.enqueue(message(3, 10), "room", {}));
    expect((await failureOf(lane.enqueue(message(4, 20_000), "room", {}))).code).toBe(
      "ERR_MESSAGE_TOO_LARGE",
    );
    controller.abort();
    expect((await cancelled).code).toBe("ERR_CANCELLED");
    expect(idsIn(lane.take(true)!)).toEqual([0]);
    await admitted;
    lane.refuse(() => new TroupeError("ERR_PEER_LEFT", "gone"));
    expect((await refused).code).toBe("ERR_PEER_LEFT");
    expect(lane.clear()).toBe(1);
  });
});

describe("sends that nobody awaits", () => {
  it("wait for room up to a bound, then fail at once and leave those before them in their places", async () => {
    const lane = new Lane("me", { message: 10_000, outbound: 1024, waiting: 4096 }, true);
    lane.add(message(0, 2000));
    const waits = [1, 2, 3].map((id) => lane.enqueue(message(id, 2000), "room for a message", {}));
    expect(await failureOf(lane.enqueue(message(4, 10), "room for a message", {}))).toMatchObject({
      code: "ERR_MAILBOX_FULL",
      details: { waiting: 3, limit: 4096 },
    });
    const taken: number[] = [];
    for (let packet = lane.take(true); packet; packet = lane.take(true)) taken.push(...idsIn(packet));
    await Promise.all(waits);
    expect(taken).toEqual([0, 1, 2, 3]);
    expect(lane.full).toBe(false);
  });
});

describe("introductions", () => {
  const post = (introductions: Introductions, id: number, posted: number[], options = {}) =>
    introductions.post("peer", message(id, 10), options, (copy) => void posted.push(copy[1] as number));

  it("ask once for a name, and let go in order all who waited for it", async () => {
    let questions = 0;
    let answer = () => {};
    const introductions = new Introductions(() => {
      questions++;
      return new Promise((resolve) => (answer = resolve));
    }, 1000);
    const posted: number[] = [];
    const impatient = failureOf(post(introductions, 1, posted, { timeout: 1 }));
    const patient = [2, 3].map((id) => post(introductions, id, posted));
    expect((await impatient).code).toBe("ERR_TIMEOUT");
    expect(introductions.has("peer")).toBe(true);
    answer();
    await Promise.all(patient);
    expect(posted).toEqual([2, 3]);
    expect([questions, introductions.has("peer")]).toEqual([1, false]);
  });

  it("tell all who waited when nothing can be found out", async () => {
    const introductions = new Introductions(
      () => Promise.reject(new TroupeError("ERR_REGISTRY", "silent")),
      1000,
    );
    const posted: number[] = [];
    const failures = await Promise.all([1, 2].map((id) => failureOf(post(introductions, id, posted))));
    expect(failures.map(({ code }) => code)).toEqual(["ERR_REGISTRY", "ERR_REGISTRY"]);
    expect(posted).toEqual([]);
  });
});

describe("a recent map", () => {
  it("keeps the keys that were set last", () => {
    const map = new RecentMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    map.set("c", 4);
    expect([map.get("a"), map.get("b"), map.get("c"), map.size]).toEqual([3, undefined, 4, 2]);
    expect([map.take("a"), map.has("a"), [...map.values()]]).toEqual([3, false, [4]]);
    expect(map.delete("c")).toBe(true);
  });
});
