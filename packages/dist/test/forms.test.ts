import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { dist, type Distributed, launch, type Proxy } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

const greet = {
  hello: (local: { greeting: string }, proxy: Proxy, message: Parameters<Proxy["reply"]>[0]) =>
    proxy.reply(message, { body: local.greeting }),
};

/** What the only worker of the group answers to `hello`. */
async function answer(group: TestGroup, worker: object): Promise<unknown> {
  const runner = await group.runnerBeside(worker);
  return (await runner.request("worker-0", { type: "hello" })).body;
}

class Greeter {
  static made = 0;
  static #secret = 42;
  greeting: string;
  constructor(greeting = "hi") {
    this.greeting = greeting;
    Greeter.made++;
  }
  static reveal(): number {
    return Greeter.#secret;
  }
  shout(): string {
    return this.greeting.toUpperCase();
  }
}

describe("the decorator @dist(options)", () => {
  it("leaves the class the very class: identity, name, statics and static #private members", () => {
    let seen: unknown;
    const note = (target: unknown, _context: ClassDecoratorContext) => {
      seen = target;
    };
    @dist({ group: "test" })
    @note
    class Counter {
      static total = 1;
      static #hidden = 7;
      static peek() {
        return this.#hidden;
      }
      static self() {
        return Counter;
      }
    }
    expect(Counter).toBe(seen);
    expect(Counter.self()).toBe(Counter);
    expect([Counter.name, Counter.total, Counter.peek()]).toEqual(["Counter", 1, 7]);
    expect(new Counter().constructor).toBe(Counter);
  });

  it("gives an instance that is local as ever until it is launched, and a component then", async () => {
    await using group = new TestGroup();
    @dist<Worker>({ ...group.at, component: "worker", handlers: greet })
    class Worker {
      #greeted = 0;
      constructor(public greeting: string) {}
      greet(whom: string) {
        return `${this.greeting} ${whom} (${++this.#greeted})`;
      }
    }
    const worker = new Worker("ahoy");
    expect(worker.greet("you")).toBe("ahoy you (1)");
    expect(Object.keys(worker)).toEqual(["greeting"]);
    worker.greeting = "hello";
    expect(await answer(group, worker)).toBe("hello");
    expect(worker.greet("you")).toBe("hello you (2)");
  });

  it("lets the class say itself that it is Distributed", async () => {
    await using group = new TestGroup();
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unsafe-declaration-merging -- the documented way to type it
    interface Worker extends Distributed {}
    @dist({ ...group.at, component: "worker" })
    // eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- the documented way to type it
    class Worker {
      state = "ready";
    }
    const worker = new Worker();
    const running = worker.launch({ signals: false });
    expect(await waitUntil(() => worker.proxy.name, { what: "the worker to join" })).toBe("worker-0");
    expect(worker.local).toBe(worker);
    await worker.close();
    await running;
  });
});

describe("dist(options)(Class), dist(Class, options) and dist(Class, import.meta, options)", () => {
  it.each([
    ["dist(options)(Class)", (group: TestGroup) => dist<Greeter>(options(group))(Greeter)],
    ["dist(Class, options)", (group: TestGroup) => dist(Greeter, options(group))],
    ["dist(Class, import.meta, options)", (group: TestGroup) => dist(Greeter, import.meta, options(group))],
  ])("%s gives a class of its own, and leaves the given one as it is", async (_form, form) => {
    await using group = new TestGroup();
    const before = Reflect.ownKeys(Greeter.prototype);
    const Worker = form(group);
    expect(Worker).not.toBe(Greeter);
    expect([Worker.name, Worker.length, Worker.made]).toEqual(["Greeter", Greeter.length, Greeter.made]);

    const worker = new Worker("moin");
    expect(worker).toBeInstanceOf(Greeter);
    expect(worker).toBeInstanceOf(Worker);
    expect(worker.shout()).toBe("MOIN");
    expect(Object.keys(worker)).toEqual(["greeting"]);
    expect(await answer(group, worker)).toBe("moin");

    expect(Reflect.ownKeys(Greeter.prototype)).toEqual(before);
    const plain = new Greeter();
    expect("launch" in plain).toBe(false);
    await expect(launch(plain)).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });

  it("keep statics that work on the class by its name, #private ones among them", () => {
    expect(dist(Greeter, { group: "test" }).reveal()).toBe(42);
  });

  it("make two components of one class that know nothing of each other", async () => {
    await using first = new TestGroup();
    await using second = new TestGroup();
    const One = dist(Greeter, { ...options(first), name: "worker-0" });
    const Two = dist(Greeter, {
      ...options(second),
      handlers: { hello: (_local, proxy, message) => proxy.reply(message, { body: "from two" }) },
    });
    expect(await answer(first, new One("from one"))).toBe("from one");
    expect(await answer(second, new Two("unused"))).toBe("from two");
  });

  it("serve several instances of one class in one group, each by its own attributes", async () => {
    await using group = new TestGroup();
    const Worker = dist(Greeter, options(group));
    for (const greeting of ["a", "b", "c"]) void group.launch(new Worker(greeting));
    const runner = await group.join("runner", { peers: { worker: 3 } });
    const answers = await runner.ask("worker", { type: "hello" });
    expect(answers.map(({ body }) => body).sort()).toEqual(["a", "b", "c"]);
  });
});

describe("dist(options)(instance)", () => {
  it("gives a component over the very instance, which stays as it is", async () => {
    await using group = new TestGroup();
    const local = new Greeter("servus");
    const worker = dist<Greeter>(options(group))(local);
    expect(worker.local).toBe(local);
    local.greeting = "pfiat di";
    expect(worker.greeting).toBe("pfiat di");
    worker.greeting = "servus";
    expect(local.greeting).toBe("servus");
    expect(await answer(group, worker)).toBe("servus");
    expect("launch" in local).toBe(false);
    await expect(launch(local)).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });

  it("lets one instance be a member of two groups at once", async () => {
    await using first = new TestGroup();
    await using second = new TestGroup();
    const local = new Greeter("both");
    const one = dist<Greeter>(options(first))(local);
    const two = dist<Greeter>(options(second))(local);
    expect(await answer(first, one)).toBe("both");
    expect(await answer(second, two)).toBe("both");
    await one.close();
    const runner = await second.join("late", { peers: { worker: 1 } });
    expect((await runner.request("worker-0", { type: "hello" })).body).toBe("both");
  });

  it("takes an object that has no class", async () => {
    await using group = new TestGroup();
    expect(await answer(group, dist<{ greeting: string }>(options(group))({ greeting: "plain" }))).toBe(
      "plain",
    );
  });
});

describe("a component's name in its group", () => {
  it("is by default the class's name in lower case, with a number", async () => {
    await using group = new TestGroup();
    class HTTPWorker2 {}
    void group.launch(new (dist(HTTPWorker2, group.at))());
    const runner = await group.join("runner", { peers: { "http-worker2": 1 } });
    expect(runner.peers).toEqual(new Map([["http-worker2", ["http-worker2-0"]]]));
  });
});

function options(group: TestGroup) {
  return { ...group.at, component: "worker", handlers: greet };
}
