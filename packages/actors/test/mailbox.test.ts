import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ActorOptions } from "../src/index.js";
import { Gate } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

/** A method that opens gates has a group of its own: the others wait. */
const keys = { keys: "unbounded" as const };
const besides = { open: { concurrencyGroup: "keys" }, history: { concurrencyGroup: "keys" } };

describe.each(routes)("a mailbox $route", ({ pool }) => {
  async function create(options: ActorOptions = {}): Promise<Ref> {
    const methods = { ...besides, ...options.methods };
    const concurrency = { ...keys, ...(options.concurrency as object | undefined) };
    return (await running.system.create(Gate, [], { pool, ...options, methods, concurrency })) as Ref;
  }
  const began = (gate: Ref, ...names: string[]) =>
    waitUntil(
      async () => {
        const log = (await gate["history"]()) as string[];
        return names.every((name) => log.includes(`begin ${name}`));
      },
      { what: `${names.join(", ")} to begin` },
    );

  it("hands over one message at a time, each when the one before is done", async () => {
    const gate = await create();
    const held = [gate["hold"]("a"), gate["hold"]("b"), gate["note"]("c")];
    await began(gate, "a");
    expect(await gate["history"]()).toEqual(["begin a"]);
    await gate["open"]("a");
    await began(gate, "b");
    await gate["open"]("b");
    expect(await Promise.all(held)).toEqual(["a", "b", "c"]);
    expect(await gate["history"]()).toEqual(["begin a", "end a", "begin b", "end b", "c"]);
  });

  it("runs as many side by side as its concurrency says", async () => {
    const gate = await create({ concurrency: { default: 2 } });
    const held = ["a", "b", "c"].map((name) => gate["hold"](name) as Promise<string>);
    await began(gate, "a", "b");
    expect(await gate["history"]()).toEqual(["begin a", "begin b"]);
    await gate["open"]("b");
    await began(gate, "c");
    await gate["open"]("a");
    await gate["open"]("c");
    expect(await Promise.all(held)).toEqual(["a", "b", "c"]);
  });

  it("runs all at once when it is unbounded", async () => {
    const gate = await create({ concurrency: { default: "unbounded" } });
    const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
    const held = names.map((name) => gate["hold"](name) as Promise<string>);
    await began(gate, ...names);
    await Promise.all(names.map((name) => gate["open"](name) as Promise<void>));
    expect(await Promise.all(held)).toEqual(names);
  });

  it("keeps groups of methods apart: one waits in its own only", async () => {
    const gate = await create({
      concurrency: { slow: 1 },
      methods: { beside: { concurrencyGroup: "slow" } },
    });
    const held = gate["beside"]("a");
    const second = gate["beside"]("b");
    expect(await gate["note"]("not behind it")).toBe("not behind it");
    await began(gate, "a");
    await gate["open"]("a");
    await began(gate, "b");
    await gate["open"]("b");
    expect(await Promise.all([held, second])).toEqual(["a", "b"]);
  });

  it("lets system methods go before what waits, and not before what runs", async () => {
    const gate = await create();
    const held = gate["hold"]("a");
    await began(gate, "a");
    const rest = [gate["note"]("b"), gate["alarm"]("now"), gate["note"]("c")];
    await gate["open"]("a");
    await Promise.all([held, ...rest]);
    expect(await gate["history"]()).toEqual(["begin a", "end a", "alarm now", "b", "c"]);
  });

  it("that is full lets what comes wait, in order, and loses nothing", async () => {
    const gate = await create({ mailbox: 2 });
    const held = gate["hold"]("first");
    await began(gate, "first");
    const names = Array.from({ length: 100 }, (_, index) => `${index}`);
    const notes = names.map((name) => gate["note"](name) as Promise<string>);
    await gate["open"]("first");
    expect(await Promise.all([held, ...notes])).toEqual(["first", ...names]);
    expect(await gate["history"]()).toEqual(["begin first", "end first", ...names]);
  });

  it("that is full and told to answers ERR_MAILBOX_FULL, and goes on with the rest", async () => {
    const gate = await create({ mailbox: { limit: 2, full: "reject" } });
    const held = gate["hold"]("first");
    await began(gate, "first");
    const settled = Promise.allSettled([gate["note"]("a"), gate["note"]("b"), gate["note"]("c")]);
    await waitUntil(async () => (await failureOf(gate["note"]("d"))) !== undefined, { what: "a refusal" });
    await gate["open"]("first");
    await held;
    const [a, b, c] = await settled;
    expect([a.status, b.status]).toEqual(["fulfilled", "fulfilled"]);
    expect((c as PromiseRejectedResult).reason).toMatchObject({
      code: "ERR_MAILBOX_FULL",
      details: { limit: 2 },
    });
    expect(await gate["note"]("e")).toBe("e");
  });

  it("that is full turns a tell into a dead letter", async () => {
    const gate = await create({ mailbox: { limit: 1, full: "reject" } });
    const held = gate["hold"]("first");
    await began(gate, "first");
    for (const name of ["a", "lost"]) await (gate["note"].tell(name) as Promise<void>).catch(() => {});
    await waitUntil(
      () => running.deadLetters.some(({ error }) => (error as { code?: string }).code === "ERR_MAILBOX_FULL"),
      { what: "the dead letter" },
    );
    await gate["open"]("first");
    await held;
    expect(await gate["history"]()).toEqual(["begin first", "end first", "a"]);
  });
});

it("a mailbox that is full holds back who sends to it from another process, until there is room", async () => {
  const { system } = running;
  const other = (await system.create(Gate, [], {
    pool: "driver-0",
    methods: besides,
    concurrency: keys,
  })) as Ref;
  const gate = (await system.create(Gate, [], { pool: "pool-0", mailbox: 1 })) as Ref;
  const held = gate["holdWith"](other, "a");
  await waitUntil(async () => ((await other["history"]()) as string[]).includes("begin a"), {
    what: "it to be held",
  });
  let accepted = 0;
  // A process takes 32 MiB of one sender, and 16 MiB wait at that one; then it has to wait itself.
  const texts = Array.from({ length: 80 }, (_, index) => `${index}`.padEnd(1024 * 1024, "."));
  const tells = texts.map((text) => (gate["note"].tell(text) as Promise<void>).then(() => accepted++));
  // Requests need no credit: these go there and back past what waits.
  const nobody = { id: -1, how: "kill", reason: "" };
  for (let i = 0; i < 10; i++) await system.runtime.node.request("pool-0", "end-actor", nobody);
  expect(accepted).toBeLessThan(60);
  await other["open"]("a");
  await Promise.all([held, ...tells]);
  expect(await gate["history"]()).toEqual(["begin a", ...texts]);
});

it("an actor that never stops telling itself something lets others have their turn", async () => {
  class Endless {
    turns = 0;
    stopped = false;
    async spin(self: { spin: { tell(self: unknown): Promise<void> } }) {
      this.turns++;
      if (!this.stopped) void self.spin.tell(self);
    }
    end() {
      this.stopped = true;
    }
  }
  const endless = await running.system.create(Endless, [], { pool: "driver-0" });
  await endless.spin.tell(endless);
  const other = (await running.system.create(Gate, [], { pool: "driver-0" })) as Ref;
  expect(await other["note"]("turn")).toBe("turn");
  await new Promise((resolve) => setImmediate(resolve));
  await endless.end();
});

it("calls from one actor of a process to the next do not run out of stack, however long the chain", async () => {
  class Link {
    next: { pass(n: number): Promise<number> } | undefined;
    join(next: Link["next"]) {
      this.next = next;
    }
    pass(n: number): number | Promise<number> {
      return this.next ? this.next.pass(n + 1) : n;
    }
  }
  const links = [];
  for (let i = 0; i < 5_000; i++) links.push(await running.system.create(Link, [], { pool: "driver-0" }));
  for (let i = 1; i < links.length; i++) await links[i - 1]!.join(links[i]);
  expect(await links[0]!.pass(0)).toBe(4_999);
});
