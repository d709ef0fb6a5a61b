import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { dist, type Distributor, launch } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

const names = ["local", "proxy", "launch", "close"] as const;

type Any = new () => object;

/** Makes a class that has the names which dist() adds in use itself; each time anew, since decorators change it. */
const classes: Record<string, () => Any> = {
  methods: () =>
    class {
      #state = "mine";
      local() {
        return `local ${this.#state}`;
      }
      proxy() {
        return `proxy ${this.#state}`;
      }
      launch() {
        return `launch ${this.#state}`;
      }
      close() {
        return `close ${this.#state}`;
      }
    },
  accessors: () =>
    class {
      #state = "mine";
      get local() {
        return `local ${this.#state}`;
      }
      get proxy() {
        return `proxy ${this.#state}`;
      }
      get launch() {
        return `launch ${this.#state}`;
      }
      get close() {
        return `close ${this.#state}`;
      }
    },
  fields: () =>
    class {
      local = "local mine";
      proxy = "proxy mine";
      launch = "launch mine";
      close = "close mine";
    },
  "attributes set in the constructor": () =>
    class {
      constructor() {
        const self = this as Record<string, unknown>;
        for (const name of names) self[name] = `${name} mine`;
      }
    },
};

function values(instance: object): unknown[] {
  const members = instance as Record<string, unknown>;
  return names.map((name) => {
    const member = members[name];
    return typeof member === "function" ? (member as () => unknown).call(instance) : member;
  });
}

const forms: Record<string, (make: Distributor<object>, Class: Any) => object> = {
  "dist(options)(Class)": (make, Class) => new (make(Class))(),
  "dist(options)(instance)": (make, Class) => make(new Class()),
  "@dist(options)": (make, Class) => {
    make(Class, { kind: "class", addInitializer: () => {} } as unknown as ClassDecoratorContext<Any>);
    return new Class();
  },
  "@dist(options) on a subclass": (make, Class) => {
    @make
    class Decorated extends Class {}
    return new Decorated();
  },
};

describe.each(Object.entries(forms))("members named local, proxy, launch and close, by %s", (_name, form) => {
  it.each(Object.entries(classes))("stay the user's as %s", async (_kind, makeClass) => {
    await using group = new TestGroup();
    const instance = form(
      dist({
        ...group.at,
        component: "worker",
        handlers: { ping: (_local, proxy, message) => proxy.reply(message) },
      }),
      makeClass(),
    );
    expect(values(instance)).toEqual(names.map((name) => `${name} mine`));
    const runner = await group.runnerBeside(instance);
    await runner.request("worker-0", { type: "ping" });
    expect(values(instance)).toEqual(names.map((name) => `${name} mine`));
  });
});

it("an attribute set later is the user's as well, and launch() still works", async () => {
  await using group = new TestGroup();
  class Plain {}
  const instance = new (dist(Plain, { ...group.at, component: "worker" }))();
  Object.assign(instance, { launch: "mine" });
  expect(instance.launch).toBe("mine");
  expect(Object.keys(instance)).toEqual(["launch"]);
  const end = new AbortController();
  const running = launch(instance, { signal: end.signal, signals: false });
  const runner = await group.join("runner", { peers: { worker: 1 } });
  expect(runner.peers.get("worker")).toEqual(["worker-0"]);
  end.abort();
  await running;
});
