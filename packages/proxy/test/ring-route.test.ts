import { setImmediate as nextTurn } from "node:timers/promises";

import { processIdentity } from "@troupe/core";
import { RingReader } from "@troupe/shm";
import { noLeftovers } from "@troupe/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { RingRoute } from "../src/link/ring-route.js";
import { Slabs } from "../src/link/slabs.js";

noLeftovers();

describe("a ring that is full", () => {
  const packet = [Buffer.alloc(10_000)];
  let slabs: Slabs;
  let route: RingRoute;
  let reader: RingReader;

  beforeEach(() => {
    slabs = new Slabs();
    route = new RingRoute(slabs, processIdentity());
    reader = RingReader.open(route.name);
    route.unlink();
    while (route.write(packet));
  });
  afterEach(() => {
    reader.close();
    route.close();
    slabs.close();
  });

  it("lets a loop that does not end its turn go on as soon as there is room", () => {
    let isWritten = false;
    route.whenRoom(() => (isWritten = route.write(packet)));
    while (reader.read());
    expect(isWritten).toBe(false);
    route.look();
    expect(isWritten).toBe(true);
  });

  it("is looked at by itself, however often it was looked at between", async () => {
    let looks = 0;
    const again = () => {
      looks++;
      if (!route.write(packet)) route.whenRoom(again);
    };
    route.whenRoom(again);
    for (let n = 1; n <= 1_000; n++) {
      route.look();
      expect(looks).toBe(n);
    }
    await nextTurn();
    await nextTurn();
    // One look a turn, not one for each that was asked for.
    expect(looks).toBeLessThanOrEqual(1_002);
    while (reader.read());
    const before = looks;
    while (looks === before) await nextTurn();
    expect(reader.read()).toBeDefined();
    route.look();
    expect(looks).toBe(before + 1);
  });
});
