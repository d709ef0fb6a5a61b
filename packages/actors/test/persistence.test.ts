import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { decode } from "@troupe/core";
import { openStorage } from "@troupe/storage";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { actorOf, kill, stop } from "../src/index.js";
import { Account, Careful, Journal, Keeper, Roll, Sluggish } from "./programs/supervised.mjs";
import { crash, failureOf, type Ref, startSystem } from "./support/start.js";

noLeftovers();

const again = { restarts: { max: Infinity, backoff: 1 } };

describe("an actor whose state is kept", () => {
  it("goes on where it had answered when it is made again", async () => {
    await using running = await startSystem();
    const account = (await running.system.create(Account, [], { ...again, persist: true })) as Ref;
    for (let round = 1; round <= 3; round++) {
      expect(await account["deposit"](1)).toBe(round);
      await crash(running, account);
    }
    expect(await account["balance"]).toBe(3);
  });

  it("loses no call that was answered, whenever its process is killed", async () => {
    await using running = await startSystem({ pools: 2 });
    const account = (await running.system.create(Account, [], { ...again, persist: true })) as Ref;
    let answered = 0;
    let asked = 0;
    for (let round = 0; round < 5; round++) {
      const calls = Array.from({ length: 300 }, async () => {
        asked++;
        await account["deposit"](1);
        answered++;
      });
      // The first is answered by a save of its own, those that came meanwhile by the next: some answered, some not.
      await Promise.race(calls);
      await crash(running, account);
      await Promise.allSettled(calls);
    }
    const balance = (await account["balance"]) as number;
    expect(balance).toBeGreaterThanOrEqual(answered);
    expect(balance).toBeLessThanOrEqual(asked);
    expect(answered).toBeGreaterThanOrEqual(5);
  });

  it("answers many calls by one save", async () => {
    await using running = await startSystem();
    const account = (await running.system.create(Account, [], { persist: true })) as Ref;
    const storage = running.system.runtime.storage.ref as unknown as Ref;
    await account["deposit"](1);
    const { id } = actorOf(account);
    const key = `actor/${(await running.system.runtime.storage.terms).run}/${id}`;
    const before = (await storage["id"](key)) as string;
    await Promise.all(Array.from({ length: 1_000 }, () => account["deposit"](1)));
    const kept = (await storage["get"](key)) as { state: Uint8Array };
    expect(decode(kept.state)).toEqual({ balance: 1_001 });
    expect(await storage["id"](key)).not.toBe(before);
  });

  it("says how it is kept and taken up, by methods or functions", async () => {
    await using running = await startSystem();
    const persist = { save: "toState", load: "fromState" };
    const journal = (await running.system.create(Journal, [], { ...again, persist })) as Ref;
    await journal["write"]("one");
    await journal["write"]("two");
    await crash(running, journal);
    expect(await journal["read"]()).toEqual(["one", "two"]);
  });

  it("cannot be made again when what was kept cannot be taken up, and says why", async () => {
    await using running = await startSystem();
    const options = { restarts: { max: 3, backoff: 1 }, persist: { save: "toState", load: "fromState" } };
    const journal = (await running.system.create(Journal, [], options)) as Ref;
    await journal["write"]("one");
    const spoiler = (await running.system.create(Journal, [], { pool: "driver-0" })) as Ref;
    await spoiler["spoilState"]();
    await crash(running, journal);
    expect(await failureOf(journal["read"]())).toMatchObject({
      code: "ERR_ACTOR_DIED",
      message: expect.stringMatching(/this was never written/),
      retryable: false,
      cause: expect.objectContaining({
        code: "ERR_ACTOR_START",
        cause: expect.objectContaining({ name: "SyntaxError", message: "this was never written" }),
      }),
    });
  });

  it("may begin afresh under a name, whatever is kept there, and goes on from that", async () => {
    await using running = await startSystem();
    const persist = { save: "toState", load: "fromState" };
    const options = { ...again, name: "journal", persist };
    const before = (await running.system.create(Journal, [], options)) as Ref;
    await before["write"]("old");
    const spoiler = (await running.system.create(Journal, [], { pool: "driver-0" })) as Ref;
    await spoiler["spoilState"]();
    await kill(before);
    expect(await failureOf(running.system.create(Journal, [], options))).toMatchObject({
      code: "ERR_ACTOR_START",
    });
    const journal = (await running.system.create(Journal, [], { ...options, fresh: true })) as Ref;
    expect(await journal["read"]()).toEqual([]);
    await journal["write"]("new");
    await crash(running, journal);
    expect(await journal["read"]()).toEqual(["new"]);
    await stop(journal);
    const lazy = (await running.system.create(Journal, [], { ...options, fresh: true, lazy: true })) as Ref;
    expect(await lazy["read"]()).toEqual([]);
  });

  it("needs methods that are there", async () => {
    await using running = await startSystem();
    const made = running.system.create(Journal, [], { persist: { save: "nothing" } });
    expect(await failureOf(made)).toMatchObject({
      code: "ERR_ACTOR_START",
      message: expect.stringContaining('persist.save names "nothing"'),
    });
  });

  it("fails calls whose effect could not be saved, and goes on", async () => {
    await using running = await startSystem();
    const account = (await running.system.create(Account, [], { ...again, persist: true })) as Ref;
    await account["deposit"](1);
    expect(await failureOf(account["spoil"]())).toMatchObject({
      code: "ERR_NOT_SERIALIZABLE",
      message: expect.stringContaining("account-0.spoil() did could not be saved"),
    });
    expect(await failureOf(account["deposit"](1))).toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
    await account["mend"]();
    expect(await account["deposit"](1)).toBe(3);
  });

  it("keeps what a stream did, when that is over", async () => {
    await using running = await startSystem();
    const account = (await running.system.create(Account, [], { ...again, persist: true })) as Ref;
    const storage = running.system.runtime.storage.ref as unknown as Ref;
    const key = `actor/${(await running.system.runtime.storage.terms).run}/${actorOf(account).id}`;
    for await (const _ of account["climb"](5) as AsyncIterable<number>);
    const saves = async () => (await storage["id"](key)) as string;
    const before = await saves();
    for await (const _ of account["climb"](5) as AsyncIterable<number>);
    await waitUntil(async () => (await saves()) !== before, { what: "a save" });
    await crash(running, account);
    expect(await account["balance"]).toBeGreaterThanOrEqual(5);
  });

  it("is saved now and then, where answers need not wait for it", async () => {
    await using running = await startSystem();
    const options = { ...again, persist: { every: 1 } };
    const account = (await running.system.create(Account, [], options)) as Ref;
    expect(await account["deposit"](1)).toBe(1);
    const storage = running.system.runtime.storage.ref as unknown as Ref;
    const key = `actor/${(await running.system.runtime.storage.terms).run}/${actorOf(account).id}`;
    await waitUntil(async () => (await storage["has"](key)) as boolean, { what: "a save" });
    await crash(running, account);
    expect(await account["balance"]).toBe(1);
  });

  it("leaves its state to the next of its name, also in another run; without a name nothing is left", async () => {
    const directory = mkdtempSync(join(tmpdir(), "troupe-kept-"));
    const storage = `lmdb:${directory}`;
    for (const expected of [1, 2]) {
      await using running = await startSystem({ storage });
      const options = { name: "savings", persist: true };
      const account = (await running.system.create(Account, [], options)) as Ref;
      expect(await account["deposit"](1)).toBe(expected);
      const other = (await running.system.create(Account, [], { persist: true })) as Ref;
      expect(await other["deposit"](1)).toBe(1);
      if (expected === 2) await stop(other);
    }
    {
      await using store = await openStorage(storage);
      const keys: string[] = [];
      for await (const key of store.keys()) keys.push(key);
      expect(keys).toEqual(["actor/name/default/savings"]);
    }
    rmSync(directory, { recursive: true });
  });

  it("is killed without another save", async () => {
    await using running = await startSystem();
    const options = { name: "savings", persist: { every: 60_000 } };
    const account = (await running.system.create(Account, [], options)) as Ref;
    await account["deposit"](5);
    await kill(account);
    const next = (await running.system.create(Account, [], options)) as Ref;
    expect(await next["balance"]).toBe(0);
    await next["deposit"](2);
    await stop(next);
    const last = (await running.system.create(Account, [], options)) as Ref;
    expect(await last["balance"]).toBe(2);
  });
});

describe("a call with a key", () => {
  it("has its effect once, however often it is made", async () => {
    await using running = await startSystem();
    for (const pool of ["pool-0", "driver-0"]) {
      const account = (await running.system.create(Account, [], { pool })) as Ref;
      const call = account["deposit"].with({ key: "a" }) as (n: number) => Promise<number>;
      expect([await call(1), await call(1), await account["deposit"].with({ key: "b" })(1)]).toEqual([
        1, 1, 2,
      ]);
      const later = account["depositLater"].with({ key: "a" }) as (n: number) => Promise<number>;
      expect(await Promise.all([later(1), later(1), later(1)])).toEqual([3, 3, 3]);
      const refused = account["refuse"].with({ key: "a" }) as () => Promise<number>;
      expect(await failureOf(refused())).toMatchObject({ name: "RangeError", message: "no" });
      expect(await failureOf(refused())).toMatchObject({ name: "RangeError", message: "no" });
      expect(await account["reached"]()).toBe(4);
    }
  });

  it("has its effect once across the deaths of an actor whose state is kept", async () => {
    await using running = await startSystem({ pools: 2 });
    const account = (await running.system.create(Account, [], { ...again, persist: true })) as Ref;
    const deposit = (key: string) => account["deposit"].with({ key, retries: 100 })(1) as Promise<number>;
    let count = 0;
    for (let round = 0; round < 5; round++) {
      const calls = Array.from({ length: 100 }, (_, index) => deposit(`${round}.${index}`));
      count += calls.length;
      await calls[0];
      await crash(running, account);
      await Promise.all(calls);
    }
    expect(await account["balance"]).toBe(count);
  });

  it("has one of its own where its class says so, and options beside those of its class", async () => {
    await using running = await startSystem();
    const methods = { deposit: { key: true, retries: 1, concurrencyGroup: "deposit" } };
    const account = (await running.system.create(Account, [], { methods })) as Ref;
    expect([await account["deposit"](1), await account["deposit"](1)]).toEqual([1, 2]);
    const deposit = account["deposit"].with({ key: "a", timeout: 10_000 }) as (n: number) => Promise<number>;
    expect([await deposit(1), await deposit(1)]).toEqual([3, 3]);
    for (const key of ["", 1, null])
      expect(await failureOf(account["deposit"].with({ key })(1))).toMatchObject({ code: "ERR_CONFIG" });
  });

  it("is kept as done when, and only when, what it did is kept", async () => {
    await using running = await startSystem();
    const roll = (await running.system.create(Roll, [], { persist: true })) as Ref;
    const storage = running.system.runtime.storage.ref as unknown as Ref;
    const key = `actor/${(await running.system.runtime.storage.terms).run}/${actorOf(roll).id}`;
    const calls = Array.from({ length: 20 }, async (_, lane) => {
      for (let number = 0; number < 20; number++)
        await roll["enter"].with({ key: `${lane}:${number}` })(lane);
    });
    const seen: [names: number, replies: number][] = [];
    const look = async () => {
      const kept = (await storage["get"](key)) as { state: Uint8Array; replies: unknown[] } | undefined;
      if (!kept) return false;
      const { names } = decode(kept.state) as { names: unknown[] };
      seen.push([names.length, kept.replies.length]);
      return kept.replies.length === 400;
    };
    await waitUntil(look, { what: "all to be kept" });
    await Promise.all(calls);
    expect(seen.filter(([names, replies]) => names !== replies)).toEqual([]);
  });

  it("has its effect once, also when it was half done as others were saved", async () => {
    await using running = await startSystem();
    const methods = { allow: { concurrencyGroup: "allow" } };
    const options = { ...again, persist: true, methods, concurrency: { default: 1, allow: 1 } };
    const careful = (await running.system.create(Careful, [], options)) as Ref;
    const call = (name: string, key: string) =>
      careful[name].with({ key, retries: Infinity })() as Promise<number>;
    const [first, second] = [call("do", "a"), call("doLater", "b")];
    expect(await first).toBe(1);
    await crash(running, careful);
    await careful["allow"].with({ retries: Infinity })();
    expect(await second).toBe(2);
    expect(await careful["done"]).toBe(2);
  });

  it("is not answered again before what it did is saved", async () => {
    await using running = await startSystem();
    const careful = (await running.system.create(Careful, [], { persist: { save: "toState" } })) as Ref;
    const other = (await running.system.create(Account)) as Ref;
    const answered: number[] = [];
    const call = async () => answered.push((await careful["do"].with({ key: "a" })()) as number);
    const first = call();
    // What comes after it on the same way has been there after it: its save has begun.
    await other["deposit"](1);
    const second = call();
    // Twice, as an answer in the same packet may be heard of before those ahead of it.
    for (let times = 0; times < 2; times++) await other["deposit"](1);
    expect(answered).toEqual([]);
    await careful["allow"].tell();
    await Promise.all([first, second]);
    expect(answered).toEqual([1, 1]);
  });

  it("has its effect once, also when it comes again before what was kept is taken up", async () => {
    const directory = mkdtempSync(join(tmpdir(), "troupe-kept-"));
    const flag = join(directory, "flag");
    await using running = await startSystem();
    const persist = { load: "fromState" };
    const sluggish = (await running.system.create(Sluggish, [flag], { ...again, persist })) as Ref;
    const other = (await running.system.create(Account, [], again)) as Ref;
    const call = () => sluggish["do"].with({ key: "a" })() as Promise<number>;
    expect(await call()).toBe(1);
    process.kill(actorOf(sluggish).pid!, "SIGKILL");
    await waitUntil(() => running.lines.some((line) => line.endsWith("taking up")), { what: "its start" });
    const calls = [call(), call(), sluggish["do"]() as Promise<number>];
    // What comes after them on the same way has been there after them.
    await other["deposit"].with({ retries: 10 })(1);
    writeFileSync(flag, "");
    expect(await Promise.all(calls)).toEqual([1, 1, 2]);
    rmSync(directory, { recursive: true });
  });

  it("is not made twice when one is given up of those that share its outcome", async () => {
    await using running = await startSystem();
    const careful = (await running.system.create(Careful, [], { concurrency: 2 })) as Ref;
    const call = (timeout?: number) => careful["doLater"].with({ key: "a", timeout })() as Promise<number>;
    const first = call();
    expect(await failureOf(call(1))).toMatchObject({ code: "ERR_TIMEOUT" });
    const third = call();
    await careful["allow"]();
    expect(await Promise.all([first, third])).toEqual([1, 1]);
  });

  it("that was given up is not made twice by the next of its key", async () => {
    await using running = await startSystem();
    const account = (await running.system.create(Account, [], { concurrency: 2 })) as Ref;
    const hasty = account["depositLater"].with({ key: "a", timeout: 1 })(1) as Promise<number>;
    expect(await failureOf(hasty)).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await account["depositLater"].with({ key: "a" })(1)).toBe(1);
  });
});

describe("an actor that has nothing to do", () => {
  it("stops after a while, and is made again with its state by the next message", async () => {
    await using running = await startSystem();
    const options = { persist: true, passivateAfter: 20 };
    const account = (await running.system.create(Account, [], options)) as Ref;
    await account["deposit"](1);
    const isGone = () => running.system.cluster.pools()[0]!.actors === 0;
    await waitUntil(isGone, { what: "it to be gone" });
    expect(running.system.actors().map(({ path, pool }) => [path, pool])).toEqual([
      ["storage-0", "driver-0"],
      ["account-0", ""],
    ]);
    expect(await account["deposit"](1)).toBe(2);
    expect(actorOf(account).incarnation).toBeGreaterThan(0);
    await waitUntil(isGone, { what: "it to be gone again" });
    await account["deposit"].tell(1);
    await waitUntil(async () => (await account["balance"]) === 3, { what: "the tell" });
  });
});

describe("the cluster's store", () => {
  it("is one for all actors and the program, and outlives what used it", async () => {
    await using running = await startSystem({ pools: 2 });
    const keeper = (await running.system.create(Keeper, [], { ...again, pool: "pool-0" })) as Ref;
    const other = (await running.system.create(Keeper, [], { pool: "pool-1" })) as Ref;
    await keeper["keep"]("model.best", { weights: new Float32Array([0.5]) });
    expect(await other["find"]("model.")).toEqual([["model.best", { weights: new Float32Array([0.5]) }]]);
    await Promise.all([keeper, other, keeper].map((each) => each["count"]("uses") as Promise<number>));
    await crash(running, keeper);
    expect(await keeper["count"]("uses")).toBe(4);
    const storage = (await running.system.find("storage-0")) as Ref;
    expect(await storage["get"]("uses")).toBe(4);
  });
});
