import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { type Deferred, deferred, Kind, TroupeError, type WireMessage } from "@troupe/core";
import type { Member } from "@troupe/registry";
import { Harness, waitUntil } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Transport, type TransportOptions } from "../src/index.js";
import { failureOf } from "./fixtures.js";

/** What a transport received. */
interface Station {
  readonly transport: Transport;
  readonly received: WireMessage[];
}

async function station(name: string, options: Partial<TransportOptions> = {}): Promise<Station> {
  const received: WireMessage[] = [];
  const transport: Transport = await Transport.open(
    { name, component: "test", ...options },
    {
      onMessage: (message, _from, parcel) => {
        received.push(message);
        if (parcel) transport.consumed(parcel);
      },
      onFailure: (error) => {
        throw error;
      },
    },
  );
  return { transport, received };
}

async function pair(options: Partial<TransportOptions> = {}) {
  const [here, there] = await Promise.all([station("here", options), station("there", options)]);
  here.transport.introduce(there.transport.self);
  const close = async () => {
    await here.transport.close();
    await there.transport.close();
  };
  return { here, there, [Symbol.asyncDispose]: close };
}

const tell = (value: unknown): WireMessage => [Kind.tell, 1, "take", value];

const aRing = { what: "a ring" };

function arrived({ received }: Station, count: number): Promise<unknown> {
  return waitUntil(() => received.length === count, { what: `${count} messages` });
}

/** Sends enough for the link to be worth a ring, one packet after the other. */
async function warmUp({ here, there }: Awaited<ReturnType<typeof pair>>): Promise<void> {
  let sent = 0;
  await waitUntil(async () => {
    await here.transport.send("there", tell("warm"));
    sent++;
    return here.transport.route("there") === "ring";
  }, aRing);
  await arrived(there, sent);
  there.received.length = 0;
}

/** Another process with a transport, and what it answers here. */
async function otherProcess(harness: Harness) {
  const other = harness.spawn(new URL("programs/transport.mjs", import.meta.url));
  const [, self] = (await other.line(/^at (.*)/)) as RegExpMatchArray & [string, string];
  const waiting = new Map<unknown, Deferred<unknown>>();
  const transport = await Transport.open(
    { name: "here", component: "test" },
    {
      onMessage: ([, id, value]) => waiting.get(id)?.resolve(value),
      onFailure: (error) => {
        throw error;
      },
    },
  );
  const peer = JSON.parse(self) as Member;
  transport.introduce(peer);
  let lastId = 0;
  const call = async (method: string, ...args: unknown[]) => {
    const id = ++lastId;
    waiting.set(id, deferred());
    await transport.send("other", [Kind.call, id, 1, method, args]);
    return waiting.get(id)!.promise;
  };
  const toRing = () =>
    waitUntil(async () => (await call("echo", 0), transport.route("other") === "ring"), aRing);
  return { other, transport, call, toRing };
}

/** Shared memory of rings that this process has mapped, and names of segments there are. */
function ringMappings(): number {
  return readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.includes("troupe.ring")).length;
}

/** Of this process: other tests run at the same time. */
function ringNames(): string[] {
  return readdirSync("/dev/shm").filter(
    (name) => name.startsWith("troupe.ring") && name.includes(`.${process.pid}.`),
  );
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("a transport", () => {
  it("asks for a peer that it does not know, once for all that wait, and sends in order", async () => {
    const there = await station("there");
    const asked: string[] = [];
    const here = await station("here", {
      find: (name) => {
        asked.push(name);
        return Promise.resolve(there.transport.self);
      },
    });
    const sends = Array.from({ length: 10 }, async (_, n) => here.transport.send("there", tell(n)));
    await Promise.all(sends);
    await here.transport.send("there", tell(10));
    await arrived(there, 11);
    expect(there.received.map((message) => message[3])).toEqual(Array.from({ length: 11 }, (_, n) => n));
    expect(asked).toEqual(["there"]);
    await here.transport.close();
    await there.transport.close();
  });

  it("leaves what arrives where it is while it pauses, and has it all in order afterwards", async () => {
    await using both = await pair({ rings: false });
    const { here, there } = both;
    await here.transport.send("there", tell(0));
    await arrived(there, 1);
    for (let round = 0; round < 20; round++) {
      there.received.length = 0;
      const resume = await there.transport.pause();
      for (let n = 0; n < 10; n++) await here.transport.send("there", tell(n));
      // A packet of the other direction has come and gone meanwhile.
      there.transport.introduce(here.transport.self);
      await there.transport.answer("here", tell(round));
      await arrived(here, round + 1);
      expect(there.received).toEqual([]);
      resume();
      await arrived(there, 10);
      expect(there.received.map((message) => message[3])).toEqual(Array.from({ length: 10 }, (_, n) => n));
    }
  });

  it("can be closed while it pauses", async () => {
    const { transport } = await station("here");
    const resume = await transport.pause();
    await transport.close();
    resume();
  });

  it("rejects with what the search for a peer rejects with, and knows none by itself", async () => {
    const find = () => Promise.reject(new TroupeError("ERR_ACTOR_DIED", "It is gone."));
    const here = await station("here", { find });
    expect((await failureOf(here.transport.send("there", tell(1)) as Promise<void>)).code).toBe(
      "ERR_ACTOR_DIED",
    );
    await here.transport.close();
    const lonely = await station("lonely");
    expect((await failureOf(lonely.transport.send("there", tell(1)) as Promise<void>)).code).toBe(
      "ERR_PEER_LEFT",
    );
    await lonely.transport.close();
  });

  it("answers one who introduced itself by sending", async () => {
    await using two = await pair();
    const { here, there } = two;
    await here.transport.send("there", tell(1));
    await arrived(there, 1);
    await there.transport.answer("here", [Kind.result, 1, "back"]);
    await arrived(here, 1);
  });

  it("fails what waits for room when the peer is dismissed, and refuses what comes later", async () => {
    await using two = await pair({ limits: { inbound: 4096, outbound: 4096 } });
    const { here, there } = two;
    const unread = await Transport.open(
      { name: "there", component: "test", limits: { inbound: 4096 } },
      { onMessage: () => undefined, onFailure: () => undefined },
    );
    here.transport.introduce(unread.self);
    const waiting: Promise<void>[] = [];
    while (waiting.length < 3) {
      const sent = here.transport.send("there", tell("x".repeat(1000)));
      if (sent) waiting.push(sent);
      await new Promise(setImmediate);
    }
    here.transport.dismiss("there", () => new TroupeError("ERR_ACTOR_DIED", "It died."));
    for (const sent of waiting) expect((await failureOf(sent)).code).toBe("ERR_ACTOR_DIED");
    expect((await failureOf(here.transport.send("there", tell(1)) as Promise<void>)).code).toBe(
      "ERR_PEER_LEFT",
    );
    expect(there.received).toEqual([]);
    await unread.close();
  });
});

describe("a link to a process of this machine", () => {
  it("moves to a ring while traffic runs, and keeps the order", async () => {
    await using two = await pair();
    const { here, there } = two;
    const routes = new Set<string | undefined>();
    let sent = 0;
    while (sent < 30_000) {
      const burst = 1 + (sent % 97);
      for (let n = 0; n < burst; n++) void here.transport.send("there", tell(sent++));
      routes.add(here.transport.route("there"));
      await new Promise(setImmediate);
    }
    await arrived(there, sent);
    expect(there.received.every((message, n) => message[3] === n)).toBe(true);
    expect([...routes]).toEqual(["ipc", "ring"]);
    expect(ringNames()).toEqual([]);
  });

  it("stays on the socket when told to", async () => {
    await using two = await pair({ rings: false });
    for (let n = 0; n < 50; n++) await two.here.transport.send("there", tell(n));
    await arrived(two.there, 50);
    expect(two.here.transport.route("there")).toBe("ipc");
  });

  it("stays on the socket, and says so once, where shared memory is not to be had", async () => {
    await using harness = await Harness.start();
    const other = harness.spawn(new URL("programs/two-transports.mjs", import.meta.url), {
      env: { TROUPE_SHM: "0" },
    });
    expect(await other.exited).toEqual({ code: 0, signal: null });
    expect(other.lines).toEqual(["100 messages by ipc"]);
    expect(other.stderr.match(/no shared memory for messages/g)).toHaveLength(1);
  });

  it("connects while a profiler interrupts it", async () => {
    await using harness = await Harness.start();
    const profiled = harness.spawn(new URL("programs/profiled.mjs", import.meta.url), {
      execArgv: ["--cpu-prof", "--cpu-prof-interval=50"],
    });
    expect(await profiled.exited).toEqual({ code: 0, signal: null });
    expect(profiled.lines).toEqual(["connected"]);
  });

  it("carries packets larger than the ring in pieces, between others", async () => {
    await using two = await pair();
    await warmUp(two);
    const sizes = [10, 300_000, 5_000_000, 20, 1_100_000, 0, 262_144, 65_536];
    for (const size of sizes) void two.here.transport.send("there", tell("é".repeat(size / 2)));
    await arrived(two.there, sizes.length);
    expect(two.there.received.map((message) => (message[3] as string).length * 2)).toEqual(sizes);
  });

  it("carries any packets whole", async () => {
    await using two = await pair();
    await warmUp(two);
    const bytes = fc
      .integer({ min: 0, max: 600_000 })
      .map((length) => new Uint8Array(length).fill(length % 251));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(bytes, { maxLength: 4 }), { maxLength: 6 }), async (values) => {
        two.there.received.length = 0;
        for (const value of values) void two.here.transport.send("there", tell(value));
        await arrived(two.there, values.length);
        const got = two.there.received.map((message) => message[3]);
        expect(isDeepStrictEqual(got, values)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("hands a large array over as it was when it was sent", async () => {
    await using two = await pair();
    await warmUp(two);
    const array = new Float32Array(1_000_000);
    for (let n = 0; n < 5; n++) {
      array.fill(n);
      await two.here.transport.send("there", tell(array));
    }
    array.fill(99);
    await arrived(two.there, 5);
    const arrays = two.there.received.map((message) => message[3] as Float32Array);
    expect(arrays.map((each) => [each.length, each[0], each.at(-1)])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [1_000_000, n, n]),
    );
  });

  it("sleeps when nothing comes, and wakes for the next message", async () => {
    await using two = await pair();
    await warmUp(two);
    for (let n = 1; n <= 5; n++) {
      await waitUntil(() => !process.getActiveResourcesInfo().includes("Immediate"), { what: "sleep" });
      await two.here.transport.send("there", tell(n));
      await arrived(two.there, n);
    }
  });

  it("wakes for a packet larger than the ring, which can only be written while it is read", async () => {
    await using two = await pair();
    await warmUp(two);
    for (let n = 1; n <= 3; n++) {
      await waitUntil(() => !process.getActiveResourcesInfo().includes("Immediate"), { what: "sleep" });
      void two.here.transport.send("there", tell("x".repeat(3_000_000)));
      await arrived(two.there, n);
    }
  });
});

describe("a ring to another process", () => {
  it("holds what it is sent while its reader is stopped, and loses nothing", async () => {
    await using harness = await Harness.start();
    const { other, transport, call, toRing } = await otherProcess(harness);
    await toRing();
    await other.freeze();
    const answers = Array.from({ length: 3000 }, (_, n) => call("echo", { n, text: "x".repeat(n) }));
    await other.resume();
    const values = (await Promise.all(answers)) as { n: number }[];
    expect(values.map(({ n }) => n)).toEqual(values.map((_, n) => n));
    await other.kill();
    await transport.close();
  });

  it("is given up with its memory when its reader is killed", async () => {
    await using harness = await Harness.start();
    const { other, transport, toRing } = await otherProcess(harness);
    await toRing();
    expect(ringMappings()).toBeGreaterThan(0);
    await other.kill();
    transport.dismiss("other", () => new TroupeError("ERR_ACTOR_DIED", "It was killed."));
    // The memory goes once no view of it is left, which the collector finds out.
    await waitUntil(() => (collectGarbage(), ringMappings() === 0), {
      what: "the ring's memory to be free",
    });
    expect(ringNames()).toEqual([]);
    await transport.close();
  });

  it("gives large arrays that are read in place", async () => {
    await using harness = await Harness.start();
    const { other, transport, call, toRing } = await otherProcess(harness);
    await toRing();
    for (let n = 1; n <= 4; n++)
      expect(await call("sum", new Float64Array(500_000).fill(n))).toBe(n * 500_000);
    await other.kill();
    await transport.close();
  });
});
