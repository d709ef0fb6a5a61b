import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { all, dist, HandlerTable, type Message, type MessageMap, on, type Proxy } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

class Tally {
  readonly heard: string[] = [];
}

/** Sends one message of each type, and waits until the worker has handled all of them. */
async function say(runner: Proxy, ...types: string[]): Promise<void> {
  for (const type of types) await runner.send("worker-0", { type });
  await runner.request("worker-0", { type: "sync" });
}

const sync = (_local: object, proxy: Proxy, message: Message) => proxy.reply(message);

describe("the handlers of a component", () => {
  it("are a record of events", async () => {
    await using group = new TestGroup();
    const tally = new (dist(Tally, {
      ...group.at,
      component: "worker",
      handlers: {
        sync,
        one: (local) => local.heard.push("one"),
        "runner:two:2": (local, _proxy, messages) => local.heard.push(`two of ${messages.length}`),
        "all(one, three)": (local) => local.heard.push("one and three"),
      },
    }))();
    await say(await group.runnerBeside(tally), "two", "one", "two", "three", "one");
    expect(tally.heard).toEqual(["one", "two of 2", "one and three", "one"]);
  });

  it("are entries, in order, several of one event among them", async () => {
    await using group = new TestGroup();
    const tally = new (dist(Tally, {
      ...group.at,
      component: "worker",
      handlers: [
        ["sync", sync],
        ["one", (local) => local.heard.push("first")],
        ["one", (local) => local.heard.push("second")],
        [all("one", "runner:two:1"), (local) => local.heard.push("both"), { distinct: true }],
      ],
    }))();
    await say(await group.runnerBeside(tally), "one", "two");
    expect(tally.heard).toEqual(["first", "second", "both"]);
  });

  it("are a table", async () => {
    await using group = new TestGroup();
    const table = new HandlerTable<Tally, MessageMap, Proxy>()
      .on("sync", sync)
      .on("one", (local) => local.heard.push("one"));
    const tally = new (dist(Tally, { ...group.at, component: "worker", handlers: table }))();
    await say(await group.runnerBeside(tally), "one");
    expect(tally.heard).toEqual(["one"]);
  });

  it("are the methods with @on, after those of the options", async () => {
    await using group = new TestGroup();
    @dist<Listener>({
      ...group.at,
      component: "worker",
      handlers: { one: (local) => local.heard.push("option"), sync },
    })
    class Listener {
      readonly heard: string[] = [];
      #private = "method";
      @on("one") one(_proxy: Proxy, message: Message) {
        this.heard.push(`${this.#private} ${message.source}`);
      }
      @on("runner:two:2") two(_proxy: Proxy, messages: Message[]) {
        this.heard.push(`${messages.length} of two`);
      }
    }
    const listener = new Listener();
    await say(await group.runnerBeside(listener), "one", "two", "two");
    expect(listener.heard).toEqual(["option", "method runner-0", "2 of two"]);
  });

  it("are the methods with @on of a single instance's class, too", async () => {
    await using group = new TestGroup();
    class Listener {
      #heard = 0;
      @on("count") count(proxy: Proxy, message: Message) {
        return proxy.reply(message, { body: ++this.#heard });
      }
    }
    const runner = await group.runnerBeside(dist({ ...group.at, component: "worker" })(new Listener()));
    expect((await runner.request("worker-0", { type: "count" })).body).toBe(1);
    expect((await runner.request("worker-0", { type: "count" })).body).toBe(2);
  });

  it("work on the instance itself as `local`, whatever the form", async () => {
    await using group = new TestGroup();
    const locals: object[] = [];
    const options = {
      ...group.at,
      component: "worker",
      handlers: [
        ["one", (local: object) => locals.push(local)],
        ["sync", sync],
      ] as const,
    };
    const instance = new Tally();
    const ofClass = new (dist(Tally, { ...options, component: "other", handlers: [...options.handlers] }))();
    void group.launch(ofClass);
    const runner = await group.runnerBeside(dist({ ...options, handlers: [...options.handlers] })(instance), {
      peers: { worker: 1, other: 1 },
    });
    await say(runner, "one");
    await runner.send("other-0", { type: "one" });
    await runner.request("other-0", { type: "sync" });
    expect(locals).toHaveLength(2);
    expect(locals[0]).toBe(instance);
    expect(locals[1]).toBe(ofClass);
  });
});

it("a table that two components share keeps their waiting messages apart", async () => {
  await using group = new TestGroup();
  const table = new HandlerTable<Tally, MessageMap, Proxy>()
    .on("sync", sync)
    .on("*:part:2", (local) => local.heard.push("pair"));
  const Component = dist(Tally, { ...group.at, component: "worker", handlers: table });
  const [one, two] = [new Component(), new Component()];
  void group.launch(one, { name: "one" });
  void group.launch(two, { name: "two" });
  const runner = await group.join("runner", { peers: { worker: 2 } });
  for (const name of ["one", "two"]) await runner.send(name, { type: "part" });
  for (const name of ["one", "two"]) await runner.request(name, { type: "sync" });
  expect([one.heard, two.heard]).toEqual([[], []]);
  await runner.send("one", { type: "part" });
  for (const name of ["one", "two"]) await runner.request(name, { type: "sync" });
  expect([one.heard, two.heard]).toEqual([["pair"], []]);
  expect(table.pending).toBe(0);
});
