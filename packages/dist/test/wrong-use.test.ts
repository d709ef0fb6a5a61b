import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { dist, launch } from "../src/index.js";

noLeftovers();

/** What untyped code may give. */
const untyped = dist as unknown as (...args: unknown[]) => unknown;

function configError(...parts: string[]): unknown {
  const message = expect.stringMatching(new RegExp(parts.join(".*"), "s")) as string;
  return expect.objectContaining({ code: "ERR_CONFIG", message });
}

class Worker {}

describe("dist() refuses with ERR_CONFIG", () => {
  it.each<[string, () => unknown, string[]]>([
    ["handlers without a group", () => untyped(Worker, { handlers: {} }), ["name of a group", "handlers"]],
    ["options without a group", () => untyped({ component: "worker" }), ["name of a group"]],
    ["a group that is no name", () => untyped({ group: 7 }), ["name of a group"]],
    ["an option that is none", () => untyped({ group: "g", handler: {} }), ["option handler;", "handlers"]],
    ["a malformed event", () => untyped({ group: "g", handlers: { "a:b:": () => {} } }), ["a:b:"]],
    [
      "a handler that is no function",
      () => untyped(Worker, { group: "g", handlers: { a: 1 } }),
      ["function"],
    ],
    ["an instance as handlers", () => untyped({ group: "g", handlers: new Worker() }), ["plain object"]],
    ["an arrow function as the class", () => untyped(() => 1, { group: "g" }), ["no class"]],
    ["text as the instance", () => (untyped({ group: "g" }) as (x: unknown) => unknown)("x"), ["not string"]],
    ["null as the instance", () => (untyped({ group: "g" }) as (x: unknown) => unknown)(null), ["not null"]],
    [
      "a method as what it decorates",
      () => (untyped({ group: "g" }) as (...x: unknown[]) => unknown)(() => 1, { kind: "method" }),
      ["not a method"],
    ],
  ])("%s", (_what, call, parts) => {
    expect(call).toThrow(configError(...parts));
  });
});

describe("launch() refuses with ERR_CONFIG", () => {
  it.each<[string, unknown, string[]]>([
    ["an instance of an ordinary class", new Worker(), ["This Worker is not distributed", "@dist"]],
    ["a class in place of its instance", dist(Worker, { group: "g" }), ["launch\\(new Worker\\(\\)\\)"]],
    ["an object without a prototype", Object.create(null), ["This object is not distributed"]],
    ["nothing", undefined, ["not undefined"]],
    ["null", null, ["not null"]],
    ["a name", "worker", ["not worker"]],
  ])("%s", async (_what, target, parts) => {
    await expect(launch(target as object)).rejects.toEqual(configError(...parts));
  });

  it.each([
    ["a name that cannot be one", { name: "a:b" }, "name"],
    ["a number of peers below 0", { peers: { worker: -1 } }, "peers"],
    ["a registry that is no URL", { registry: "memory" }, ""],
  ])("%s, before anything is joined", async (_what, options, part) => {
    const worker = dist({ group: "g", registry: "memory:wrong-use" })(new Worker());
    await expect(launch(worker, options)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(CONFIG|REGISTRY)$/) as string,
      message: expect.stringContaining(part) as string,
    });
  });
});
