import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { defineActor, type DefineOptions } from "../src/index.js";
import { failureOf, type Ref, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

const moduleOf = (name: string) =>
  name.startsWith("data:") ? name : new URL(`programs/modules/${name}.mjs`, import.meta.url).href;

/** An actor of a class that is defined here as if it were of that module. */
async function create(name: string, Class: new () => object, options: DefineOptions = {}): Promise<Ref> {
  defineActor(Class, { module: moduleOf(name), ...options });
  return (await running.system.create(Class, [], { pool: "pool-0" })) as Ref;
}

describe("the module of a class", () => {
  it.each(["does-not-exist", "broken", "data:text/javascript,export class {"])(
    "that a pool cannot import is ERR_MODULE naming module and pool, with the cause: %s",
    async (name) => {
      const Class = class Missing {};
      const error = await failureOf(create(name, Class));
      const details = { module: moduleOf(name), pool: "pool-0" };
      expect(error).toMatchObject({ code: "ERR_MODULE", details });
      expect((error as Error).cause).toBeInstanceOf(Error);
      expect((error as Error).message).toContain(`pool-0 cannot import ${moduleOf(name)}`);
      expect(running.system.actors()).toEqual([]);
    },
  );

  it("that neither defines nor exports the class is ERR_MODULE", async () => {
    const error = await failureOf(create("missing-export", class Missing {}));
    expect(error).toMatchObject({ code: "ERR_MODULE", details: { class: "Missing" } });
  });

  it("that makes an actor while it is imported is ERR_MODULE, which says where to put that", async () => {
    const error = await failureOf(create("creates", class Eager {}));
    expect(error).toMatchObject({ code: "ERR_MODULE", cause: { code: "ERR_MODULE" } });
    expect((error as Error).message).toContain("main(async () =>");
    expect(running.system.actors()).toEqual([]);
  });

  it("may export the class without knowing of actors", async () => {
    class Plain {}
    const plain = await create("exported", Plain);
    expect(await plain["greet"]("you")).toBe("hello you");
  });

  it("is needed for other processes only", async () => {
    class Local {
      here() {
        return true;
      }
    }
    const error = await failureOf(running.system.create(Local, [], { pool: "pool-0" }));
    expect(error).toMatchObject({ code: "ERR_MODULE", details: { class: "Local", pool: "pool-0" } });
    const local = await running.system.create(Local, [], { pool: "driver-0" });
    expect(await local.here()).toBe(true);
  });
});

describe("what cannot be an actor is ERR_CONFIG", () => {
  const config = expect.objectContaining({ code: "ERR_CONFIG" }) as unknown;

  it("a class without a name, and what is no class", async () => {
    expect(() => defineActor(class {})).toThrow(config);
    expect(() =>
      defineActor(
        (
          () => () =>
            1
        )(),
      ),
    ).toThrow(config);
    expect(() => defineActor({} as never)).toThrow(config);
    expect(await failureOf(running.system.create("Counter" as never))).toEqual(config);
  });

  it.each([
    { mailbox: 0 },
    { mailbox: { full: "drop" } },
    { concurrency: 0 },
    { concurrency: { a: "many" } },
    { methods: { go: { retry: 1 } } },
    { methods: { go: { batch: "missing" } } },
    { methods: { goo: { retries: 1 } } },
    { methods: { go: { concurrencyGroup: "unknown" } } },
    { name: "" },
    { unknown: 1 },
  ])("options that are wrong, named: %o", async (options) => {
    class Configured {
      go() {}
    }
    expect(() => defineActor(Configured, { options: options as never })).toThrow(config);
    const error = await failureOf(running.system.create(Configured, [], options as never));
    expect(error).toEqual(config);
    expect((error as Error).message).toContain("Configured");
  });

  it("a pool that is not there is ERR_NO_RESOURCES", async () => {
    class Homeless {}
    const error = await failureOf(running.system.create(Homeless, [], { pool: "nowhere" }));
    expect(error).toMatchObject({ code: "ERR_NO_RESOURCES" });
  });
});

it("options of a method that the class does not have are refused, naming it and the nearest", () => {
  class Base {
    deposit(): void {}
  }
  class Account extends Base {
    withdraw(): void {}
    made = () => {};
  }
  const define = (methods: Record<string, object>) => () => defineActor(Account, { options: { methods } });
  expect(define({ depositt: {} })).toThrow(/Account name a method "depositt".*did you mean "deposit"\?/);
  expect(define({ nope: {} })).toThrow(/"nope" that the class does not have; it has withdraw, deposit\./);
  expect(define({ made: {} })).toThrow(/A function that the constructor makes takes no options/);
  expect(define({ deposit: {}, withdraw: {} })).not.toThrow();
});
