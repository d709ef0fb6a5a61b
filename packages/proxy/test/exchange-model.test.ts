import { type Message, TroupeError } from "@troupe/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { gather, type GatherOptions, type WhenPeerLeaves } from "../src/exchange/gathering.js";
import { PendingReplies } from "../src/exchange/pending.js";
import { nobody, Sessions } from "../src/exchange/sessions.js";
import { failureOf } from "./fixtures.js";

function reply(inReplyTo: number): Message {
  return { id: 0, type: "r", source: "s", destination: "d", session: "x", body: inReplyTo, inReplyTo };
}

/** What may happen to one of several messages: it is answered, its peer fails, its peer leaves. */
type Happening = readonly [id: number, what: "reply" | "failure" | "departure"];

/** What a gathering must come to, by its definition: replies, the code of an error, or no end. */
function expected(
  count: number,
  happenings: readonly Happening[],
  min: number | undefined,
  whenPeerLeaves: WhenPeerLeaves,
): readonly number[] | string | undefined {
  const open = new Set(Array.from({ length: count }, (_, id) => id));
  const replies = new Set<number>();
  const enough = () => min !== undefined && replies.size >= min;
  const sorted = () => [...replies].sort((a, b) => a - b);
  if (min !== undefined && min > count) return "ERR_PEERS_MISSING";
  if (count === 0 || enough()) return [];
  for (const [id, what] of happenings) {
    if (!open.delete(id)) continue;
    if (what === "reply") replies.add(id);
    const code = what === "departure" ? "ERR_PEER_LEFT" : "RangeError";
    if (what !== "reply" && min === undefined && !(what === "departure" && whenPeerLeaves === "leave-out"))
      return code;
    if (what !== "reply" && min !== undefined && replies.size + open.size < min) return code;
    if (open.size === 0 || enough()) return sorted();
  }
  return undefined;
}

describe("a gathering", () => {
  it("ends as its definition says, whatever happens to the messages in whatever order", async () => {
    const happening = fc.tuple(
      fc.nat({ max: 5 }),
      fc.constantFrom("reply", "reply", "failure", "departure"),
    ) as fc.Arbitrary<Happening>;
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 5 }),
        fc.array(happening, { maxLength: 10 }),
        fc.option(fc.nat({ max: 6 }), { nil: undefined }),
        fc.constantFrom<WhenPeerLeaves>("leave-out", "fail"),
        async (count, happenings, min, whenPeerLeaves) => {
          const pending = new PendingReplies();
          const sent = Array.from({ length: count }, (_, id) => ({ id, destination: `peer-${id}` }));
          const options: GatherOptions & { timeout: number } = { min, timeout: 60_000 };
          const { replies, abandon } = gather(pending, sent, options, whenPeerLeaves);
          let outcome: readonly unknown[] | string | undefined;
          const settled = replies.then(
            (messages) => (outcome = messages.map(({ body }) => body)),
            (error: unknown) => (outcome = error instanceof TroupeError ? error.code : (error as Error).name),
          );
          // With `min` the end comes by a timer of no time, to which replies of the same turn are no stragglers.
          const turn = () => new Promise((resolve) => setTimeout(resolve, 2));
          await (min === undefined ? undefined : turn());
          for (const [id, what] of happenings) {
            if (what === "reply") pending.settle(id, reply(id));
            else if (what === "failure") pending.fail(id, new RangeError("no"));
            else pending.fail(id, new TroupeError("ERR_PEER_LEFT", "gone"));
            await (min === undefined ? undefined : turn());
          }
          const wanted = expected(count, happenings, min, whenPeerLeaves);
          if (wanted !== undefined) await settled;
          expect(outcome).toEqual(wanted);
          if (wanted === undefined) abandon(new TroupeError("ERR_CLOSED", "the test is over"));
          await settled;
          expect(pending.size).toBe(0);
          pending.close();
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("pending replies", () => {
  it("tell each waiter once, and end all that wait for one peer or for anything", async () => {
    const pending = new PendingReplies();
    const ended: string[] = [];
    const expectReply = (id: number, destination: string, timeout: number) =>
      pending.expect(
        id,
        destination,
        timeout,
        () => void ended.push(`${id} replied`),
        (error) => void ended.push(`${id} ${(error as TroupeError).code}`),
      );
    expectReply(1, "a", Infinity);
    expectReply(2, "b", 60_000);
    expectReply(3, "a", 60_000);
    expectReply(4, "b", Infinity);
    expect(pending.settle(1, reply(1))).toBe(true);
    expect(pending.settle(1, reply(1))).toBe(false);
    expect(pending.fail(1, new Error("late"))).toBe(false);
    expect(pending.of("b")).toEqual([2, 4]);
    expect(pending.fail(2, new TroupeError("ERR_PEER_LEFT", "gone"))).toBe(true);
    pending.forget(4);
    expect(pending.size).toBe(1);
    pending.close();
    expect(ended).toEqual(["1 replied", "2 ERR_PEER_LEFT", "3 ERR_CLOSED"]);
  });

  it("expire in the order of their deadlines", async () => {
    const pending = new PendingReplies();
    const failures = [30, 10, 20].map((timeout, id) =>
      failureOf(new Promise((resolve, reject) => pending.expect(id, "a", timeout, resolve, reject))),
    );
    expect(await Promise.race(failures)).toMatchObject({ code: "ERR_TIMEOUT", details: { timeout: 10 } });
    const all = await Promise.all(failures);
    expect(all.map(({ details }) => details["timeout"])).toEqual([30, 10, 20]);
    pending.close();
  });
});

describe("sessions", () => {
  it("remember what was sent under each of the latest, one message or several", () => {
    const sessions = new Sessions();
    sessions.open("one", 1, "a");
    sessions.add("one", [{ id: 2, destination: "b" }]);
    sessions.add("many", [
      { id: 3, destination: "a" },
      { id: 4, destination: "b" },
    ]);
    expect(sessions.lookup("one")).toEqual([
      { id: 1, destination: "a" },
      { id: 2, destination: "b" },
    ]);
    sessions.bid("b");
    expect(sessions.lookup("many")).toEqual([
      { id: 3, destination: "a" },
      { id: 4, destination: nobody },
    ]);
    expect(sessions.lookup("none")).toBeUndefined();
    for (let number = 0; number < 20_000; number++) sessions.open(`s${number}`, number, "a");
    expect(sessions.lookup("s0")).toBeUndefined();
    expect(sessions.lookup("s19999")).toEqual([{ id: 19_999, destination: "a" }]);
  });

  it("are bounded also when one of them never ends", () => {
    const sessions = new Sessions();
    for (let id = 0; id < 200_000; id++) sessions.add("endless", [{ id, destination: "a" }]);
    const remembered = sessions.lookup("endless")!;
    expect(remembered.length).toBeLessThanOrEqual(65_536);
    expect(remembered.at(-1)?.id).toBe(199_999);
  });
});
