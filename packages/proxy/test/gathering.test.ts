import { Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Proxy } from "../src/index.js";
import { failureOf, LocalGroup, registryOf, spawnMember, together } from "./fixtures.js";

noLeftovers();

/** A runner, and `count` workers that reply with their number; `silent` ones receive and do not reply. */
async function crew(
  group: LocalGroup,
  count: number,
  silent: readonly number[] = [],
): Promise<[Proxy, Proxy[]]> {
  const workers: Proxy[] = [];
  for (let number = 0; number < count; number++) {
    workers.push(
      silent.includes(number)
        ? await group.join("worker")
        : await group.joinEcho("worker", {}, ({ body }) => `${String(body)} by ${number}`),
    );
  }
  return [await group.join("runner", { peers: { worker: count } }), workers];
}

const bodies = (messages: readonly { readonly body: unknown }[]) => messages.map(({ body }) => body);

describe("scatter", () => {
  it("gives the replies in the order of the messages", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 3);
    const messages = ["worker-2", "worker-0", "worker-1", "worker-0"].map((to, body) => ({
      to,
      type: "t",
      body,
    }));
    expect(bodies(await runner.scatter(messages))).toEqual(["0 by 2", "1 by 0", "2 by 1", "3 by 0"]);
    expect(await runner.scatter([])).toEqual([]);
  });

  it("shares one session, unless a message names its own", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 2);
    const [first, second, third] = await runner.scatter([
      { to: "worker-0", type: "t" },
      { to: "worker-1", type: "t" },
      { to: "worker-1", type: "t", session: "own" },
    ]);
    expect(first?.session).toBe(second?.session);
    expect(third?.session).toBe("own");
  });

  it("ends at its timeout with ERR_TIMEOUT that names who did not answer", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 3, [1]);
    const messages = [0, 1, 2].map((n) => ({ to: `worker-${n}`, type: "t" }));
    const error = await failureOf(runner.scatter(messages, { timeout: 200 }));
    expect(error.code).toBe("ERR_TIMEOUT");
    expect(error.message).toContain('"worker-1"');
    expect(error.message).not.toContain('"worker-0"');
    expect(error.details).toEqual({ timeout: 200, missing: ["worker-1"], received: 2 });
    expect(runner.stats().pending).toBe(0);
  });

  it("with `min` is content with so many replies, and takes those of stragglers within `grace`", async () => {
    await using group = new LocalGroup();
    const [runner, workers] = await crew(group, 3, [1, 2]);
    const messages = [0, 1, 2].map((n) => ({ to: `worker-${n}`, type: "t", body: "job" }));
    expect(bodies(await runner.scatter(messages, { min: 1 }))).toEqual(["job by 0"]);

    const gathering = runner.scatter(messages, { min: 1, grace: 20_000 });
    await workers[1]!.receiveOnce();
    await workers[2]!.receiveOnce();
    await workers[2]!.reply((await workers[2]!.receiveOnce())!, { body: "late 2" });
    await workers[1]!.reply((await workers[1]!.receiveOnce())!, { body: "late 1" });
    expect(bodies(await gathering)).toEqual(["job by 0", "late 1", "late 2"]);

    const atTimeout = await runner.scatter(messages, { min: 1, grace: 60_000, timeout: 200 });
    expect(bodies(atTimeout)).toEqual(["job by 0"]);
  });

  it("with `min` fails only when so many replies cannot come any more", async () => {
    await using group = new LocalGroup();
    const [runner, workers] = await crew(group, 3, [0, 1]);
    const messages = [0, 1, 2].map((n) => ({ to: `worker-${n}`, type: "t", body: "job" }));
    const two = runner.scatter(messages, { min: 2 });
    const three = runner.scatter(messages, { min: 3 }).catch((error: unknown) => error);
    for (let round = 0; round < 2; round++) {
      await workers[0]!.reject((await workers[0]!.receiveOnce())!, new RangeError("broken"));
    }
    await workers[1]!.reply((await workers[1]!.receiveOnce())!, { body: "done" });
    expect(bodies(await two)).toEqual(["done", "job by 2"]);
    expect(await three).toMatchObject({ name: "RangeError", message: "broken" });

    const tooMany = await failureOf(runner.scatter(messages, { min: 4 }));
    expect(tooMany.code).toBe("ERR_PEERS_MISSING");
    expect(runner.stats().pending).toBe(0);
  });

  it("fails for a message that cannot be sent, and for a receiver that never was", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 2);
    const good = { to: "worker-0", type: "t" };
    for (const options of [{}, { min: 1 }]) {
      const unsendable = failureOf(runner.scatter([good, { ...good, body: () => 1 }], options));
      expect((await unsendable).code).toBe("ERR_NOT_SERIALIZABLE");
    }
    const unknown = await failureOf(runner.scatter([good, { ...good, to: "nobody" }]));
    expect(unknown.code).toBe("ERR_PEERS_MISSING");
    expect(runner.stats().pending).toBe(0);
  });

  it("ends by its signal with ERR_CANCELLED", async () => {
    await using group = new LocalGroup();
    const [runner, workers] = await crew(group, 1, [0]);
    const controller = new AbortController();
    const asked = failureOf(runner.scatter([{ to: "worker-0", type: "t" }], { signal: controller.signal }));
    await workers[0]!.receiveOnce();
    controller.abort();
    expect((await asked).code).toBe("ERR_CANCELLED");
    expect(runner.stats().pending).toBe(0);
  });
});

describe("ask", () => {
  it("gives one reply of each peer of a component, or of all", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 3);
    expect(bodies(await runner.ask("worker", { type: "t", body: 1 }))).toEqual([
      "1 by 0",
      "1 by 1",
      "1 by 2",
    ]);
    await group.joinEcho("learner", { peers: { runner: 1 } });
    await waitUntil(() => runner.peers.has("learner"), { what: "the learner to be seen" });
    expect(bodies(await runner.ask("*", { type: "t", body: 1 }))).toHaveLength(4);
    expect(await runner.ask("nothing", { type: "t" })).toEqual([]);
  });

  it("gets replies while other code receives, and while one peer's link is full", async () => {
    await using group = new LocalGroup();
    const slow = await group.join("worker", { limits: { inbound: 4096 } });
    await group.joinEcho("worker");
    const runner = await group.join("runner", { peers: { worker: 2 }, limits: { outbound: 4096 } });
    const stray: unknown[] = [];
    void (async () => {
      for await (const message of runner.receive()) stray.push(message);
    })();
    // Fill the link to the slow worker: further messages wait.
    const fill = Array.from({ length: 200 }, () =>
      runner.send(slow.name, { type: "fill", body: "x".repeat(200) }),
    );
    const asked = runner.ask("worker", { type: "question", body: "?" });
    await waitUntil(() => runner.stats().pending === 1, { what: "the quick worker's reply" });
    for await (const message of slow.receive()) {
      if (message.type === "question") {
        await slow.reply(message, { body: "at last" });
        break;
      }
    }
    await Promise.all(fill);
    expect(bodies(await asked)).toEqual(["at last", "?"]);
    expect(stray).toEqual([]);
  });

  it("leaves out a peer that is killed meanwhile, and gives the others' replies at once", async () => {
    await using harness = await Harness.start();
    const registry = registryOf(harness);
    await using runner = await Proxy.join({ group: "test", component: "runner", registry, lease: 60_000 });
    await using workers = together(
      [0, 1, 2].map((n) => spawnMember(harness, { component: "worker", name: `w-${n}`, lease: 60_000 })),
    );
    await Promise.all(workers.map((worker) => worker.line("joined")));
    await waitUntil(() => runner.peers.get("worker")?.length === 3, { what: "the workers" });

    const asked = runner.ask("worker", { type: "who" });
    const all = await asked;
    expect(all.map(({ body }) => (body as { name: string }).name).sort()).toEqual(["w-0", "w-1", "w-2"]);

    await workers[1]!.freeze();
    const partial = runner.ask("worker", { type: "who" });
    await waitUntil(() => runner.stats().pending === 1, { what: "two replies" });
    await workers[1]!.kill();
    const names = (await partial).map(({ body }) => (body as { name: string }).name);
    expect(names.sort()).toEqual(["w-0", "w-2"]);
  });
});

describe("broadcast and collect", () => {
  it("send one message to each peer of a component, and gather the replies of a session", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 3);
    const session = await runner.broadcast("worker", { type: "t", body: 1 });
    expect(bodies(await runner.collect(session))).toEqual(["1 by 0", "1 by 1", "1 by 2"]);
    expect(runner.stats().inbox).toBe(0);
  });

  it("gather the replies of several sessions, also those that wait to be received already", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 2);
    await group.joinEcho("other", {}, () => "not collected");
    const first = await runner.broadcast("worker", { type: "t", body: 1 });
    const second = await runner.send("worker-1", { type: "t", body: 2 });
    await runner.send("other-0", { type: "t" });
    await waitUntil(() => runner.stats().inbox === 4, { what: "all replies" });
    expect(bodies(await runner.collect([second, first]))).toEqual(["2 by 1", "1 by 0", "1 by 1"]);
    expect((await runner.receiveOnce())?.body).toBe("not collected");
  });

  it("gather a session that was named and sent to several times", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 2);
    for (const [to, body] of [
      ["worker-0", 1],
      ["worker-1", 2],
      ["worker-0", 3],
    ] as const) {
      await runner.send(to, { type: "t", body, session: "mine" });
    }
    expect(bodies(await runner.collect("mine"))).toEqual(["1 by 0", "2 by 1", "3 by 0"]);
  });

  it("say who has not answered at the timeout; the session can be collected again", async () => {
    await using group = new LocalGroup();
    const [runner, workers] = await crew(group, 1, [0]);
    const session = await runner.broadcast("worker", { type: "t" });
    const error = await failureOf(runner.collect(session, { timeout: 20 }));
    expect(error.code).toBe("ERR_TIMEOUT");
    expect(error.details["missing"]).toEqual(["worker-0"]);
    await workers[0]!.reply((await workers[0]!.receiveOnce())!, { body: "now" });
    expect(bodies(await runner.collect(session))).toEqual(["now"]);
  });

  it("reject with a peer's failure, also with one that came before", async () => {
    await using group = new LocalGroup();
    const [runner, workers] = await crew(group, 1, [0]);
    const session = await runner.broadcast("worker", { type: "t" });
    await workers[0]!.reject((await workers[0]!.receiveOnce())!, new RangeError("no such task"));
    await waitUntil(() => runner.stats().late === 1, { what: "the failure" });
    await expect(runner.collect(session)).rejects.toThrow("no such task");
  });

  it("do not wait for a peer that left, even if another takes its name", async () => {
    await using group = new LocalGroup();
    const [runner, workers] = await crew(group, 2, [1]);
    const session = await runner.broadcast("worker", { type: "t", body: 1 });
    await waitUntil(() => runner.stats().inbox === 1, { what: "the quick reply" });
    await workers[1]!.receiveOnce();
    await workers[1]!.close();
    await waitUntil(() => runner.peers.get("worker")?.length === 1, { what: "worker-1 to leave" });
    await group.join("worker", { name: "worker-1" });
    await waitUntil(() => runner.peers.get("worker")?.length === 2, { what: "worker-1 to be back" });
    expect(bodies(await runner.collect(session))).toEqual(["1 by 0"]);
  });

  it("know only sessions of their own", async () => {
    await using group = new LocalGroup();
    const [runner] = await crew(group, 1);
    const error = await failureOf(runner.collect("never heard of"));
    expect(error.code).toBe("ERR_CONFIG");
    expect(error.message).toContain("never heard of");
  });
});
