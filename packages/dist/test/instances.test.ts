import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { dist, launch, type Message } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

class Ledger {
  #entries: number[] = [];
  label = "ledger";
  readonly onEntry = (entry: number) => this.#entries.push(entry);
  Kind = Ledger;

  add(entry: number): this {
    this.#entries.push(entry);
    return this;
  }
  async addLater(entry: Promise<number>): Promise<number> {
    this.#entries.push(await entry);
    return this.#entries.length;
  }
  *each(): Generator<number> {
    yield* this.#entries;
  }
  async *eachLater(): AsyncGenerator<number> {
    for (const entry of this.#entries) yield Promise.resolve(entry);
  }
  get total(): number {
    return this.#entries.reduce((sum, entry) => sum + entry, 0);
  }
  set last(entry: number) {
    this.#entries[this.#entries.length - 1] = entry;
  }
  static isLedger(value: object): boolean {
    return #entries in value;
  }
}

const distributed = dist<Ledger>({ group: "test" });

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("what dist(options)(instance) gives", () => {
  it("reaches #private fields by methods, async methods, generators, getters and setters", async () => {
    const local = new Ledger();
    const ledger = distributed(local);
    ledger.add(1);
    expect(await ledger.addLater(Promise.resolve(2))).toBe(2);
    ledger.last = 5;
    expect([...ledger.each()]).toEqual([1, 5]);
    expect(await collected(ledger.eachLater())).toEqual([1, 5]);
    expect(ledger.total).toBe(6);
    expect(local.total).toBe(6);
    expect(Ledger.isLedger(ledger.local)).toBe(true);
  });

  it("gives the same method each time, which works without its object", () => {
    const ledger = distributed(new Ledger());
    const { add, launch: launchIt } = ledger;
    expect(ledger.add).toBe(add);
    expect(ledger.launch).toBe(launchIt);
    add(3);
    expect(ledger.total).toBe(3);
  });

  it("has the very attributes of the instance, functions and classes among them", () => {
    const local = new Ledger();
    const ledger = distributed(local);
    expect(ledger.onEntry).toBe(local.onEntry);
    expect(ledger.Kind).toBe(Ledger);
    ledger.onEntry(4);
    expect(ledger.total).toBe(4);
    Object.assign(ledger, { later: "added" });
    expect(local).toHaveProperty("later", "added");
    Reflect.deleteProperty(ledger, "later");
    expect(local).not.toHaveProperty("later");
  });

  it("is of the instance's class, and shows no more of its own than the instance does", () => {
    const local = new Ledger();
    const ledger = distributed(local);
    expect(ledger).toBeInstanceOf(Ledger);
    expect(ledger.constructor).toBe(Ledger);
    expect(Object.keys(ledger)).toEqual(Object.keys(local));
    expect(JSON.stringify(ledger)).toBe(JSON.stringify(local));
    expect(Object.entries(ledger)).toEqual(Object.entries(local));
    expect(["label", "add", "launch", "close", "proxy", "local"].every((key) => key in ledger)).toBe(true);
    expect("then" in ledger).toBe(false);
    expect("toJSON" in ledger).toBe(false);
  });

  it("can be frozen, before and after", async () => {
    await using group = new TestGroup();
    class Fixed {
      value = 1;
      tell() {
        return this.value;
      }
    }
    const frozen = Object.freeze(new Fixed());
    const worker = Object.freeze(
      dist<Fixed>({
        ...group.at,
        component: "worker",
        handlers: { tell: (local, proxy, message: Message) => proxy.reply(message, { body: local.tell() }) },
      })(frozen),
    );
    expect(worker.tell()).toBe(1);
    expect(() => ((worker as Fixed).value = 2)).toThrow(TypeError);
    const runner = await group.runnerBeside(worker);
    expect((await runner.request("worker-0", { type: "tell" })).body).toBe(1);
  });

  it("takes an object without a prototype, which then has our members and no others", () => {
    const bare = dist<{ value: number }>({ group: "test" })(
      Object.assign(Object.create(null) as object, { value: 1 }),
    );
    expect(bare.value).toBe(1);
    expect("toString" in bare).toBe(false);
    expect((bare as Partial<object>).toString).toBeUndefined();
    expect(bare.launch).toBeTypeOf("function");
  });

  it("has no proxy before it is launched, and says so", () => {
    expect(() => distributed(new Ledger()).proxy).toThrow(
      expect.objectContaining({ code: "ERR_CLOSED", message: expect.stringContaining("launch it first") }),
    );
  });

  it("closes with await using", async () => {
    await using group = new TestGroup();
    const runner = await group.join("runner");
    {
      await using ledger = dist<Ledger>({ ...group.at, component: "worker" })(new Ledger());
      void launch(ledger, { signals: false });
      expect(await waitUntil(() => ledger.proxy.name, { what: "the worker to join" })).toBe("worker-0");
    }
    await waitUntil(() => !runner.peers.has("worker"), { what: "the worker to leave" });
  });
});
