import { actorOf, type Cluster, kill, Queue, type Remote, stop } from "@troupe/dist";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Consumer } from "./programs/queues.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

let cluster: Cluster;
const lines: string[] = [];
beforeAll(async () => {
  cluster = await startCluster({
    pools: [{ env: { TROUPE_LOG: "warn" } }, {}],
    log: (line: string) => lines.push(line),
    slowCall: 20,
  });
});
afterAll(() => cluster.close());

/** Waits until so many gets, or puts, wait at the queue. */
async function waits<T>(queue: Remote<Queue<T>>, expected: { puts?: number; gets?: number }) {
  const isSo = async () => {
    const waiting = await queue.waiting;
    return waiting.puts === (expected.puts ?? 0) && waiting.gets === (expected.gets ?? 0);
  };
  await waitUntil(isSo, { what: `those who wait: ${JSON.stringify(expected)}` });
}

describe.each([
  { where: "in a pool", pool: "pool-0" },
  { where: "in the driver", pool: "driver-0" },
])("a queue that is an actor $where", ({ pool }) => {
  const make = <T>(capacity?: number) => Queue.with({ pool }).create<T>(capacity);

  it("holds back those who put while it is full, and gives up to n items at once", async () => {
    const queue = await make<number>(2);
    const puts = [1, 2, 3, 4].map((item) => queue.put(item));
    await waits(queue, { puts: 2 });
    expect(await queue.size).toBe(2);
    expect(await queue.tryPut(9)).toBe(false);
    expect(await queue.get(3)).toEqual([1, 2, 3]);
    await Promise.all(puts);
    expect(await queue.get(3)).toEqual([4]);
    expect(await queue.tryGet()).toBe(undefined);
    await stop(queue);
  });

  it("has gets wait beside puts: they do not keep each other from running", async () => {
    const queue = await make<number>(1);
    const gets = [queue.get(), queue.get(2, { min: 1 })];
    await waits(queue, { gets: 2 });
    await queue.putAll([1, 2]);
    expect(await Promise.all(gets)).toEqual([1, [2]]);
    await stop(queue);
  });

  it("takes a put back whose caller gives up: its item is not added", async () => {
    const queue = await make<string>(1);
    await queue.put("first");
    const controller = new AbortController();
    const cancelled = queue.put.with({ signal: controller.signal })("cancelled");
    await waits(queue, { puts: 1 });
    controller.abort();
    expect(await failureOf(cancelled)).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await failureOf(queue.put.with({ timeout: 5 })("late"))).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await failureOf(queue.put("late", { timeout: 5 }))).toMatchObject({ code: "ERR_TIMEOUT" });
    await waits(queue, {});
    expect(await queue.get(9)).toEqual(["first"]);
    await stop(queue);
  });

  it("loses no item with a get whose caller gives up", async () => {
    const queue = await make<string>();
    const controller = new AbortController();
    const cancelled = queue.get.with({ signal: controller.signal })();
    await waits(queue, { gets: 1 });
    controller.abort();
    expect(await failureOf(cancelled)).toMatchObject({ code: "ERR_CANCELLED" });
    await waits(queue, {});
    await queue.put("item");
    expect(await queue.get()).toBe("item");
    await stop(queue);
  });

  it("gives its items as a stream, and takes none for one that was left", async () => {
    const queue = await make<number>(4);
    const stream = await queue.items();
    const next = stream.next();
    await waits(queue, { gets: 1 });
    await stream.return();
    await next;
    await waits(queue, {});
    const filling = queue.putAll([1, 2, 3, 4, 5, 6]).then(() => queue.close());
    const got: number[] = [];
    for await (const item of queue.items()) got.push(item);
    expect(got).toEqual([1, 2, 3, 4, 5, 6]);
    await filling;
    await stop(queue);
  });

  it("is closed: what is left is given, then nothing, and puts are ERR_CLOSED", async () => {
    const queue = await make<number>();
    await queue.put(1);
    await queue.close();
    expect([await queue.get(), await queue.get(), await queue.get(3)]).toEqual([1, undefined, []]);
    expect(await failureOf(queue.put(2))).toMatchObject({ code: "ERR_CLOSED" });
    await stop(queue);
  });

  it("stops though others wait at it: it is closed then", async () => {
    const empty = await make<number>();
    const gets = [empty.get(), empty.get(3)];
    await waits(empty, { gets: 2 });
    await stop(empty);
    expect(await Promise.all(gets)).toEqual([undefined, []]);
    const full = await make<number>(1);
    const put = failureOf(full.putAll([1, 2]));
    await waits(full, { puts: 1 });
    await stop(full);
    expect(await put).toMatchObject({ code: "ERR_CLOSED" });
  });

  it("fails those who wait at it when it is killed", async () => {
    const queue = await make<number>();
    const get = failureOf(queue.get());
    await waits(queue, { gets: 1 });
    await kill(queue);
    expect(await get).toMatchObject({ code: "ERR_ACTOR_DIED" });
  });

  it("refuses a capacity that is none when it is made", async () => {
    const error = await failureOf(make(0));
    expect(error).toMatchObject({ code: "ERR_ACTOR_START", cause: { code: "ERR_CONFIG" } });
  });
});

describe("a queue", () => {
  it("is found by its name, with its path", async () => {
    const queue = await Queue.with({ name: "jobs" }).create<number>(3);
    expect(actorOf(queue)).toMatchObject({ class: "Queue", name: "jobs" });
    expect(await Queue.get<number>("jobs")).toBe(queue);
    expect(await Queue.find("jobs")).toBe(queue);
    expect(await queue.capacity).toBe(3);
    await stop(queue);
  });

  it("gives a get that is repeated with its key the item that it got before", async () => {
    const queue = await Queue.create<number>();
    await queue.putAll([1, 2]);
    expect(await queue.get.with({ key: "first" })()).toBe(1);
    expect(await queue.get.with({ key: "first" })()).toBe(1);
    expect(await queue.get.with({ key: "second" })()).toBe(2);
    await stop(queue);
  });

  it("loses no item with an actor that was killed, if that gets with its signal", async () => {
    const queue = await Queue.create<number>();
    const consumer = await Consumer.create();
    const taking = failureOf(consumer.takeWhileWanted(queue));
    await waits(queue, { gets: 1 });
    await kill(consumer);
    expect(await taking).toMatchObject({ code: "ERR_ACTOR_DIED" });
    await waits(queue, {});
    await queue.put(1);
    expect(await queue.get()).toBe(1);
    await stop(queue);
  });

  it("is not told of as slow for those who wait at it", async () => {
    const queue = await Queue.with({ pool: "pool-0" }).create<number>(1);
    const consumer = await Consumer.with({ pool: "pool-0" }).create();
    const taking = consumer.take(queue);
    const told = () => lines.filter((line) => line.includes("has been running for"));
    // The consumer's own call is told of, and the queue's get waits as long.
    await waitUntil(() => told().some((line) => line.includes("take()")), {
      what: "the line of the consumer",
    });
    await queue.put(1);
    await taking;
    const { path } = actorOf(queue);
    const isOfQueue = (line: string) =>
      line.includes(`${path}.get() has been`) || line.includes(`${path}.get() took`);
    expect(lines.filter(isOfQueue)).toEqual([]);
    await Promise.all([stop(queue), stop(consumer)]);
  });
});
