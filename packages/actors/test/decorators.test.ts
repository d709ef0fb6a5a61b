import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { batched, concurrent, definitionOf, kill, retry, system } from "../src/index.js";
import { failureOf, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

class Base {
  readonly log: string[] = [];
  #release: (() => void) | undefined;

  async hold(): Promise<void> {
    this.log.push("hold");
    await new Promise<void>((resolve) => (this.#release = resolve));
  }

  @concurrent()
  release(): void {
    this.#release?.();
  }

  note(text: string): void {
    this.log.push(text);
  }

  @system
  alarm(): void {
    this.log.push("alarm");
  }

  @batched("addAll")
  add(n: number): number {
    return n + 1;
  }

  addAll(argsList: readonly (readonly [number])[]): number[] {
    this.log.push(`batch of ${argsList.length}`);
    return argsList.map(([n]) => n + 1);
  }

  @retry({ retries: 2, key: true })
  once(): number {
    return this.log.length;
  }

  @retry({ retries: 2, timeout: 30 })
  async never(): Promise<never> {
    return new Promise<never>(() => {});
  }
}

class Derived extends Base {
  @system
  override note(text: string): void {
    super.note(text);
  }
}

const create = <T extends Base>(Class: new () => T) => running.system.create(Class, [], { pool: "driver-0" });

it("@concurrent runs a method beside others, @system before those that wait", async () => {
  const base = await create(Base);
  const held = base.hold();
  const rest = [base.note("a"), base.alarm()];
  await waitUntil(async () => (await base.release(), true), { what: "the release" });
  await Promise.all([held, ...rest]);
  expect(await base.log).toEqual(["hold", "alarm", "a"]);
});

it("@batched hands a batch to another method", async () => {
  const { add, log } = await create(Base);
  expect(await add.batch(add.delay(1), add.delay(2))).toEqual([2, 3]);
  expect(await log).toEqual(["batch of 2"]);
});

it("@retry may give each call a key of its own", () => {
  expect(definitionOf(Base).methods["once"]).toEqual({ retries: 2, key: true });
});

it("@retry bounds calls", async () => {
  const base = await create(Base);
  expect(await failureOf(base.never())).toMatchObject({ code: "ERR_TIMEOUT" });
  await kill(base);
});

it("a subclass inherits what decorators say, and adds its own", async () => {
  const derived = await create(Derived);
  const held = derived.hold();
  const rest = [derived.add(1), derived.note("first")];
  await derived.release();
  await Promise.all([held, ...rest]);
  expect(await derived.log).toEqual(["hold", "first"]);
  const base = await create(Base);
  const { add } = base;
  expect(await add.batch(add.delay(1))).toEqual([2]);
});

it("decorators stand on public methods of instances only", () => {
  expect(() => {
    class Wrong {
      // @ts-expect-error -- a field
      @system field = 1;
    }
    return Wrong;
  }).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  expect(() => {
    class Wrong {
      @concurrent() static method(): void {}
    }
    return Wrong;
  }).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
});
