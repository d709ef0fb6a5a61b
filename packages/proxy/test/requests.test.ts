import { registerError, TroupeError } from "@troupe/core";
import { Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Proxy } from "../src/index.js";
import { failureOf, LocalGroup, registryOf, spawnMember } from "./fixtures.js";

noLeftovers();

async function pair(group: LocalGroup): Promise<[Proxy, Proxy]> {
  const a = await group.join("a");
  const b = await group.join("b", { peers: { a: 1 } });
  return [a, b];
}

class BadWeather extends Error {
  override name = "BadWeather";
  wind = 0;
}
registerError(BadWeather);

describe("a reply", () => {
  it("goes to who asked, in the same session, of the same type unless it says another", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const asked = a.request("b-0", { type: "question", body: 1 });
    const question = (await b.receiveOnce())!;
    expect(b.isAnswered(question)).toBe(false);
    await b.reply(question, { body: 2 });
    expect(b.isAnswered(question)).toBe(true);
    const { id, session } = question;
    expect(await asked).toMatchObject({ type: "question", source: "b-0", body: 2, session, inReplyTo: id });

    const other = a.request("b-0", { type: "question", session: "exam" });
    await b.reply((await b.receiveOnce())!, { type: "answer" });
    expect(await other).toMatchObject({ type: "answer", session: "exam", body: undefined });
  });

  it("is given once: a second one is ERR_PROTOCOL, whatever the first was", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    for (const first of ["reply", "reject", "forward"] as const) {
      const asked = a.request("b-0", { type: "question" }).catch(() => undefined);
      const question = (await b.receiveOnce())!;
      if (first === "reply") await b.reply(question);
      if (first === "reject") await b.reject(question, new Error("no"));
      if (first === "forward") await b.forward(question, "b-0");
      for (const second of [
        b.reply(question),
        b.reject(question, new Error("no")),
        b.forward(question, "a-0"),
      ]) {
        expect((await failureOf(second)).code).toBe("ERR_PROTOCOL");
      }
      if (first === "forward") await b.reply((await b.receiveOnce())!);
      await asked;
    }
  });

  it("that cannot be sent leaves the message to be answered otherwise", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const asked = a.request("b-0", { type: "question" });
    const question = (await b.receiveOnce())!;
    const error = await failureOf(b.reply(question, { body: { callback() {} } }));
    expect(error.code).toBe("ERR_NOT_SERIALIZABLE");
    expect(error.message).toContain("body.callback");
    expect(b.isAnswered(question)).toBe(false);
    await b.reply(question, { body: "better" });
    expect((await asked).body).toBe("better");
  });

  it("to a message that was sent one way is a message that says what it answers", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const session = await a.send("b-0", { type: "task" });
    const task = (await b.receiveOnce())!;
    await b.reply(task, { type: "done", body: 7 });
    expect(await a.receiveOnce()).toMatchObject({ type: "done", body: 7, session, inReplyTo: task.id });
  });

  it("that comes too late is counted, and is no message", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const gaveUp = failureOf(a.request("b-0", { type: "question" }, { timeout: 5 }));
    const slow = (await b.receiveOnce())!;
    await gaveUp;
    await b.reply(slow, { body: "sorry" });
    await waitUntil(() => a.stats().late === 1, { what: "the late reply" });

    const failed = failureOf(a.request("b-0", { type: "question" }, { timeout: 5 }));
    const slower = (await b.receiveOnce())!;
    await failed;
    await b.reject(slower, new Error("sorry"));
    await waitUntil(() => a.stats().late === 2, { what: "the late failure" });
    expect(a.stats()).toMatchObject({ inbox: 0, pending: 0 });
  });
});

describe("a request", () => {
  it("may be one of a thousand in flight, answered in any order", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const asked = Array.from({ length: 1000 }, (_, n) => a.request("b-0", { type: "square", body: n }));
    const questions: Awaited<ReturnType<typeof b.receiveOnce>>[] = [];
    while (questions.length < 1000) questions.push(await b.receiveOnce());
    expect(a.stats().pending).toBe(1000);
    await Promise.all(questions.reverse().map((q) => b.reply(q!, { body: (q!.body as number) ** 2 })));
    expect((await Promise.all(asked)).map(({ body }) => body)).toEqual(
      Array.from({ length: 1000 }, (_, n) => n * n),
    );
    expect(a.stats().pending).toBe(0);
  });

  it("ends at its timeout with ERR_TIMEOUT that says whom it waited for, and how long", async () => {
    await using group = new LocalGroup();
    const [a] = await pair(group);
    const error = await failureOf(a.request("b-0", { type: "question" }, { timeout: 20 }));
    expect(error.code).toBe("ERR_TIMEOUT");
    expect(error.message).toContain('"b-0"');
    expect(error.details).toMatchObject({ timeout: 20, peer: "b-0" });
    expect(error.stack).toContain("requests.test.ts");
    expect(a.stats().pending).toBe(0);
  });

  it("ends by its signal with ERR_CANCELLED; an aborted one is not sent", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const controller = new AbortController();
    const asked = failureOf(a.request("b-0", { type: "first" }, { signal: controller.signal }));
    expect((await b.receiveOnce())?.type).toBe("first");
    controller.abort();
    expect((await asked).code).toBe("ERR_CANCELLED");

    const signal = AbortSignal.abort();
    for (const options of [{ body: 1 }, { body: () => 1 }]) {
      const error = await failureOf(a.request("b-0", { type: "second", ...options }, { signal }));
      expect(error.code).toBe("ERR_CANCELLED");
    }
    await a.send("b-0", { type: "third" });
    expect((await b.receiveOnce())?.type).toBe("third");
    expect(a.stats().pending).toBe(0);
  });

  it("that is forwarded comes from the first sender still, and its reply goes there", async () => {
    await using group = new LocalGroup();
    const a = await group.join("a");
    const b = await group.join("b", { peers: { a: 1 } });
    const c = await group.join("c", { peers: { a: 1, b: 1 } });
    const asked = a.request("b-0", { type: "question", body: 1 });
    await b.forward((await b.receiveOnce())!, "c-0");
    const forwarded = (await c.receiveOnce())!;
    expect(forwarded).toMatchObject({ source: "a-0", destination: "c-0", type: "question", body: 1 });
    await c.reply(forwarded, { body: 2 });
    expect(await asked).toMatchObject({ source: "c-0", body: 2 });
    expect(b.stats().inbox).toBe(0);
  });

  it("rejects with what its handler threw: class, fields, cause and both stacks", async () => {
    await using harness = await Harness.start();
    await using runner = await Proxy.join({
      group: "test",
      component: "runner",
      registry: registryOf(harness),
    });
    await using worker = spawnMember(harness, { component: "worker" });
    await worker.line("joined");
    const error: unknown = await runner.request("worker-0", { type: "fail" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "record 7 is broken", record: 7 });
    const { stack = "", cause } = error as Error;
    expect(cause).toBeInstanceOf(TypeError);
    expect((cause as Error).message).toBe("no checksum");
    expect(stack).toContain("brokenRecord");
    expect(stack).toContain('request "fail" from "runner-0" to "worker-0"');
    expect(stack.indexOf("requests.test.ts")).toBeGreaterThan(stack.indexOf("brokenRecord"));
  });

  it("rejects with an error of a registered class, or of Troupe, as what it was", async () => {
    await using group = new LocalGroup();
    const [a, b] = await pair(group);
    const weather = Object.assign(new BadWeather("storm"), { wind: 12 });
    const full = new TroupeError("ERR_STORE_FULL", "no room", { details: { bytes: 3 } });
    const facts = [{ wind: 12 }, { code: "ERR_STORE_FULL", details: { bytes: 3 } }];
    for (const [index, thrown] of [weather, full].entries()) {
      const asked = a.request("b-0", { type: "question" }).catch((error: unknown) => error);
      await b.reject((await b.receiveOnce())!, thrown);
      const arrived = await asked;
      expect(arrived).toMatchObject({ message: thrown.message, ...facts[index] });
      expect(arrived).toBeInstanceOf(thrown.constructor);
    }
    const own = a.request("a-0", { type: "question" }).catch((error: unknown) => error);
    await a.reject((await a.receiveOnce())!, weather);
    expect(await own).toBeInstanceOf(BadWeather);
  });

  it("after the end fails anew each time: errors are not shared", async () => {
    await using group = new LocalGroup();
    const [a] = await pair(group);
    await a.close();
    const errors = await Promise.all([1, 2, 3].map(() => failureOf(a.request("b-0", { type: "question" }))));
    expect(errors.map(({ code }) => code)).toEqual(["ERR_CLOSED", "ERR_CLOSED", "ERR_CLOSED"]);
    expect(new Set(errors).size).toBe(3);
    expect((await failureOf(a.request("a-0", { type: "question" }))).code).toBe("ERR_CLOSED");
  });
});
