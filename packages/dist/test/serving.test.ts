import { deferred } from "@troupe/core";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { dist, type Message, type Proxy } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

describe("a component's messages", () => {
  it("are handled one at a time, in the order in which each peer sent them", async () => {
    await using group = new TestGroup();
    const log: string[] = [];
    let running = 0;
    let most = 0;
    class Worker {
      async step(message: Message) {
        most = Math.max(most, ++running);
        // Waits of different kinds and lengths, which would let a second message overtake.
        for (let turn = (message.body as number) % 3; turn > 0; turn--) await new Promise(setImmediate);
        log.push(`${message.source} ${String(message.body)}`);
        running--;
      }
    }
    const worker = new (dist(Worker, {
      ...group.at,
      component: "worker",
      handlers: {
        step: (local, _proxy, message) => local.step(message),
        sync: (_local, proxy, message) => proxy.reply(message),
      },
    }))();
    const runners = [await group.runnerBeside(worker), await group.join("runner", { peers: { worker: 1 } })];
    const count = 100;
    await Promise.all(
      runners.map(async (runner) => {
        for (let i = 0; i < count; i++) await runner.send("worker-0", { type: "step", body: i });
        await runner.request("worker-0", { type: "sync" });
      }),
    );
    expect(most).toBe(1);
    for (const { name } of runners) {
      expect(log.filter((line) => line.startsWith(name))).toEqual(
        Array.from({ length: count }, (_, i) => `${name} ${i}`),
      );
    }
  });

  it("wait for changes of the group that are being handled, and these for them", async () => {
    await using group = new TestGroup();
    const gate = deferred<void>();
    const log: string[] = [];
    let left: Promise<void> | undefined;
    const Worker = dist(class {}, {
      ...group.at,
      component: "worker",
      handlers: {
        slow: async (_local, proxy, message) => {
          left = new Promise((resolve) => proxy.once("peer-left", () => resolve()));
          await proxy.reply(message);
          await gate.promise;
          log.push("slow");
        },
        part: () => log.push("part"),
        "runner:part:100%": () => log.push("all parts"),
        sync: (_local, proxy, message) => proxy.reply(message),
      },
    });
    const runner = await group.runnerBeside(new Worker());
    const second = await group.join("runner", { peers: { worker: 1, runner: 1 } });
    await runner.send("worker-0", { type: "part" });
    await runner.request("worker-0", { type: "slow" });
    // With one runner left, its part is all of them: but not while `slow` is being handled.
    await second.close();
    await left;
    expect(log).toEqual(["part"]);
    gate.resolve();
    await runner.request("worker-0", { type: "sync" });
    expect(log).toEqual(["part", "slow", "all parts"]);
  });

  it("are handled while onStart still runs, which may itself ask peers", async () => {
    await using group = new TestGroup();
    class Asker {
      answer: unknown;
      async onStart(proxy: Proxy) {
        this.answer = (await proxy.request("runner-0", { type: "question" })).body;
      }
    }
    const asker = new (dist(Asker, {
      ...group.at,
      component: "worker",
      peers: { runner: 1 },
      handlers: { ping: (_local, proxy, message) => proxy.reply(message) },
    }))();
    const runner = await group.runnerBeside(asker);
    const question = (await runner.receiveOnce())!;
    expect(question.type).toBe("question");
    await runner.request("worker-0", { type: "ping" });
    expect(asker.answer).toBeUndefined();
    await runner.reply(question, { body: 42 });
    await runner.request("worker-0", { type: "ping" });
    expect(asker.answer).toBe(42);
  });

  it("may be requests to each other's components that cross, when onStart asks and handlers answer", async () => {
    await using group = new TestGroup();
    const done: Promise<unknown>[] = [];
    class Pair {
      readonly answered = deferred<unknown>();
      constructor(readonly other: string) {
        done.push(this.answered.promise);
      }
      async onStart(proxy: Proxy) {
        this.answered.resolve((await proxy.request(this.other, { type: "ask" })).body);
      }
    }
    const Component = dist(Pair, {
      ...group.at,
      handlers: {
        ask: (_local, proxy, message) => proxy.reply(message, { body: `${proxy.name} answers` }),
      },
    });
    void group.launch(new Component("b"), { name: "a", peers: { pair: 1 } });
    void group.launch(new Component("a"), { name: "b", peers: { pair: 1 } });
    expect(await Promise.all(done)).toEqual(["b answers", "a answers"]);
  });
});
