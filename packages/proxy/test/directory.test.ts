import type { Member } from "@troupe/registry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Directory } from "../src/group/directory.js";
import { Quorum } from "../src/group/quorum.js";
import { failureOf } from "./fixtures.js";

function member(name: string, incarnation: string, component = name.replace(/-.*/, "")): Member {
  return {
    name,
    component,
    incarnation,
    endpoint: `ipc:///${name}.${incarnation}`,
    process: { host: "h", pid: 1, startTime: 0 },
  };
}

const names = ["a-0", "a-1", "b-0", "b-1", "self"];
/** A group as a registry may show it: any of the names, each with one of three incarnations. */
const view = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom("1", "2", "3")), {
    selector: ([name]) => name,
  })
  .map((entries) => entries.map(([name, incarnation]) => member(name, incarnation)));

describe("a directory", () => {
  it("says of every change who joined, left and rejoined, as one who keeps the whole history would", () => {
    fc.assert(
      fc.property(fc.array(view, { maxLength: 12 }), (views) => {
        const directory = new Directory("self");
        let now = new Map<string, Member>();
        const seen = new Set<string>();
        for (const members of views) {
          const next = new Map(
            members.filter(({ name }) => name !== "self").map((each) => [each.name, each]),
          );
          const isNew = (each: Member) => now.get(each.name)?.incarnation !== each.incarnation;
          const fresh = [...next.values()].filter(isNew);
          const expected = {
            left: [...now.values()].filter((each) => next.get(each.name)?.incarnation !== each.incarnation),
            joined: fresh.filter(({ name }) => !seen.has(name)),
            rejoined: fresh.filter(({ name }) => seen.has(name)),
          };
          expect(directory.apply({ members })).toEqual(expected);
          for (const name of next.keys()) seen.add(name);
          now = next;

          expect(directory.names("*")).toEqual([...now.keys()]);
          for (const component of ["a", "b"]) {
            const living = [...now.values()].filter((each) => each.component === component);
            expect(directory.names(component)).toEqual(living.map(({ name }) => name));
            expect(directory.peers.get(component)).toEqual(
              living.length > 0 ? living.map(({ name }) => name) : undefined,
            );
          }
          for (const name of names) {
            expect(directory.get(name)).toBe(now.get(name));
            expect(directory.hasLeft(name)).toBe(seen.has(name) && !now.has(name));
          }
        }
      }),
    );
  });

  it("gives a new map of peers after each change, and leaves those it gave as they were", () => {
    const directory = new Directory("self");
    directory.apply({ members: [member("a-0", "1")] });
    const before = directory.peers;
    directory.apply({ members: [] });
    expect([...before.keys()]).toEqual(["a"]);
    expect(directory.peers.size).toBe(0);
  });
});

describe("a quorum", () => {
  it("is met as soon as enough of each component are there, and lets all go on who wait for it", async () => {
    const directory = new Directory("self");
    const quorum = new Quorum(directory);
    await quorum.wait({}, {});
    const met: string[] = [];
    const waits = [
      quorum.wait({ a: 1 }, {}).then(() => met.push("one a")),
      quorum.wait({ a: 1, b: 1 }, {}).then(() => met.push("both")),
    ];
    directory.apply({ members: [member("a-0", "1")] });
    quorum.check();
    await waits[0];
    expect(met).toEqual(["one a"]);
    directory.apply({ members: [member("a-0", "1"), member("b-0", "1")] });
    quorum.check();
    await waits[1];
    expect(quorum.isMet({ a: 2 })).toBe(false);
  });

  it("ends its waits when it closes, each with an error of its own", async () => {
    const quorum = new Quorum(new Directory("self"));
    const { TroupeError } = await import("@troupe/core");
    const waits = [1, 2].map(() => failureOf(quorum.wait({ a: 1 }, {})));
    quorum.close(() => new TroupeError("ERR_CLOSED", "over"));
    const [first, second] = await Promise.all(waits);
    expect(first?.code).toBe("ERR_CLOSED");
    expect(first).not.toBe(second);
  });
});
