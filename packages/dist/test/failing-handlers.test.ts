import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { type ComponentDeadLetter, dist, HandlerTable, type Proxy, registerError } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

class Broken extends Error {
  override readonly name = "Broken";
}
registerError(Broken);

/** A worker that fails in every way, with what it reported, and somebody who talks to it. */
async function stage(group: TestGroup, onDeadLetter?: (letter: ComponentDeadLetter) => void) {
  const letters: ComponentDeadLetter[] = [];
  const Worker = dist(class {}, {
    ...group.at,
    component: "worker",
    onDeadLetter: (letter) => {
      letters.push(letter);
      return onDeadLetter?.(letter);
    },
    handlers: {
      sync: (_local, proxy, message) => proxy.reply(message),
      throws: () => {
        throw new Broken("at once");
      },
      rejects: async () => {
        await Promise.resolve();
        throw new Broken("later");
      },
      "throws-text": () => {
        throw "only text";
      },
      "throws-object": () => {
        throw Object.assign(Object.create(null) as object, { reason: "no prototype" });
      },
      "throws-nothing": () => {
        throw undefined;
      },
      "replies-then-throws": async (_local, proxy, message) => {
        await proxy.reply(message, { body: "replied" });
        throw new Broken("after the reply");
      },
      "replies-twice": async (_local, proxy, message) => {
        await proxy.reply(message, { body: "first" });
        await proxy.reply(message, { body: "second" });
      },
      "replies-with-a-function": (_local, proxy, message) => proxy.reply(message, { body: () => 1 }),
      "*:part:2": () => {
        throw new Broken("over two");
      },
    },
  });
  const runner = await group.runnerBeside(new Worker());
  return { runner, letters };
}

/** The worker goes on: it answers, and has reported nothing but `letters`. */
async function goesOn(runner: Proxy): Promise<void> {
  await runner.request("worker-0", { type: "sync" });
}

describe("a handler that throws", () => {
  it.each([
    ["throws", { name: "Broken", message: "at once" }],
    ["rejects", { name: "Broken", message: "later" }],
    ["throws-text", { message: "only text" }],
    ["throws-object", { message: expect.stringContaining("no prototype") as string }],
    ["throws-nothing", { message: "undefined" }],
  ])(
    "(%s) is logged once and dead-lettered once, its requester is told, and serving goes on",
    async (type, error) => {
      await using group = new TestGroup();
      const { runner, letters } = await stage(group);
      await expect(runner.request("worker-0", { type })).rejects.toMatchObject(error);
      await goesOn(runner);
      expect(group.log.errors).toEqual([
        {
          fields: { err: letters[0]?.error, type, source: "runner-0", component: "worker-0" },
          text: "a handler threw",
        },
      ]);
      expect(letters).toMatchObject([{ reason: "handler-failed", message: { type, source: "runner-0" } }]);
    },
  );

  it("gives the error to the requester as its own class, when that is registered", async () => {
    await using group = new TestGroup();
    const { runner } = await stage(group);
    await expect(runner.request("worker-0", { type: "throws" })).rejects.toBeInstanceOf(Broken);
  });

  it("tells every requester of the messages that a counted event was met by", async () => {
    await using group = new TestGroup();
    const { runner, letters } = await stage(group);
    const second = await group.join("runner", { peers: { worker: 1 } });
    const requests = [runner, second].map((asker) => asker.request("worker-0", { type: "part" }));
    for (const outcome of await Promise.allSettled(requests)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { message: "over two" } });
    }
    await goesOn(runner);
    expect(letters.map(({ message }) => message.source).sort()).toEqual(["runner-0", "runner-1"]);
  });

  it("after its reply leaves the requester with the reply", async () => {
    await using group = new TestGroup();
    const { runner, letters } = await stage(group);
    expect((await runner.request("worker-0", { type: "replies-then-throws" })).body).toBe("replied");
    await goesOn(runner);
    expect(letters).toMatchObject([{ error: { message: "after the reply" } }]);
    expect(runner.stats().late).toBe(0);
  });

  it("because it replied twice leaves the requester with the first reply, and says so", async () => {
    await using group = new TestGroup();
    const { runner, letters } = await stage(group);
    expect((await runner.request("worker-0", { type: "replies-twice" })).body).toBe("first");
    await goesOn(runner);
    expect(letters).toMatchObject([{ error: { code: "ERR_PROTOCOL" } }]);
    expect(runner.stats().late).toBe(0);
  });

  it("because its reply cannot be sent fails the request, instead of leaving it to its timeout", async () => {
    await using group = new TestGroup();
    const { runner } = await stage(group);
    await expect(runner.request("worker-0", { type: "replies-with-a-function" })).rejects.toMatchObject({
      code: "ERR_NOT_SERIALIZABLE",
    });
  });

  it("over a message that nobody waits for is logged and dead-lettered all the same", async () => {
    await using group = new TestGroup();
    const { runner, letters } = await stage(group);
    await runner.send("worker-0", { type: "throws" });
    await goesOn(runner);
    expect([group.log.errors.length, letters.length]).toEqual([1, 1]);
  });

  it("has its requester told once, when two handlers of one message fail", async () => {
    await using group = new TestGroup();
    const letters: ComponentDeadLetter[] = [];
    const fail = (text: string) => () => {
      throw new Broken(text);
    };
    const Worker = dist(class {}, {
      ...group.at,
      component: "worker",
      onDeadLetter: (letter) => letters.push(letter),
      handlers: [
        ["both", fail("first")],
        ["both", fail("second")],
        ["sync", (_local, proxy: Proxy, message) => proxy.reply([message].flat()[0]!)],
      ],
    });
    const runner = await group.runnerBeside(new Worker());
    await expect(runner.request("worker-0", { type: "both" })).rejects.toThrow("first");
    await goesOn(runner);
    expect(letters.map(({ error }) => (error as Error).message)).toEqual(["first", "second"]);
    expect(runner.stats().late).toBe(0);
  });
});

describe("a message that no handler takes", () => {
  it("is a dead letter each time, a warning once a type, and an error for its requester", async () => {
    await using group = new TestGroup();
    const { runner, letters } = await stage(group);
    for (let i = 0; i < 3; i++) {
      await expect(runner.request("worker-0", { type: "unheard" })).rejects.toMatchObject({
        code: "ERR_METHOD_NOT_FOUND",
        message: expect.stringContaining('"worker-0" has no handler for "unheard"') as string,
      });
    }
    await goesOn(runner);
    expect(letters.map(({ reason }) => reason)).toEqual(["no-handler", "no-handler", "no-handler"]);
    expect(group.log.warnings).toMatchObject([{ fields: { type: "unheard" } }]);
    expect(group.log.errors).toEqual([]);
  });

  it("is one as well when its type is handled, but from others", async () => {
    await using group = new TestGroup();
    const letters: ComponentDeadLetter[] = [];
    const Worker = dist(class {}, {
      ...group.at,
      component: "worker",
      onDeadLetter: (letter) => letters.push(letter),
      handlers: { "actor:step:1": () => undefined },
    });
    const runner = await group.runnerBeside(new Worker());
    await expect(runner.request("worker-0", { type: "step" })).rejects.toMatchObject({
      code: "ERR_METHOD_NOT_FOUND",
    });
    expect(letters).toMatchObject([{ reason: "not-matched" }]);
  });
});

it("a message beyond what an event may hold is a dead letter", async () => {
  await using group = new TestGroup();
  const letters: ComponentDeadLetter[] = [];
  const Worker = dist(class {}, {
    ...group.at,
    component: "worker",
    onDeadLetter: (letter) => letters.push(letter),
    handlers: [["all(part, never)", () => undefined, { pendingLimit: 2 }]],
  });
  const runner = await group.runnerBeside(new Worker());
  for (let i = 0; i < 3; i++) await runner.send("worker-0", { type: "part", body: i });
  await waitUntil(() => letters.length > 0, { what: "the dead letter" });
  expect(letters).toMatchObject([{ reason: "backlog-full", message: { body: 2 } }]);
});

describe("an onDeadLetter that fails itself", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Broken("in onDeadLetter");
      },
    ],
    ["rejects", () => Promise.reject(new Broken("in onDeadLetter"))],
  ] as [string, () => void][])("(%s) is logged, and ends nothing", async (_how, fail) => {
    await using group = new TestGroup();
    const { runner } = await stage(group, fail);
    await expect(runner.request("worker-0", { type: "throws" })).rejects.toThrow("at once");
    await expect(runner.request("worker-0", { type: "unheard" })).rejects.toMatchObject({
      code: "ERR_METHOD_NOT_FOUND",
    });
    await goesOn(runner);
    expect(group.log.errors.map(({ text }) => text)).toEqual([
      "a handler threw",
      "onDeadLetter threw",
      "onDeadLetter threw",
    ]);
  });
});

it("a table's own way of reporting gives way to the component's", async () => {
  await using group = new TestGroup();
  const ofTable: unknown[] = [];
  const ofComponent: unknown[] = [];
  const table = new HandlerTable<object>({ onDeadLetter: (letter) => ofTable.push(letter) });
  const Worker = dist(class {}, {
    ...group.at,
    component: "worker",
    onDeadLetter: (letter) => ofComponent.push(letter),
    handlers: table,
  });
  const runner = await group.runnerBeside(new Worker());
  await expect(runner.request("worker-0", { type: "any" })).rejects.toMatchObject({
    code: "ERR_METHOD_NOT_FOUND",
  });
  expect([ofTable.length, ofComponent.length]).toEqual([0, 1]);
});
