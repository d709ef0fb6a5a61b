import { actorOf, type Cluster, Queue, type Remote, stop } from "@troupe/dist";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { Collector, Consumer, type Item, Producer } from "./programs/queues.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

let cluster: Cluster;
let queue: Remote<Queue<Item>>;
beforeAll(async () => {
  cluster = await startCluster({ pools: 4 });
});
afterAll(() => cluster.close());

const gets = async () => (await queue.waiting).gets;

/** Numbers that were taken of each producer, by consumer. */
function numbersOf(taken: ReadonlyMap<string, readonly Item[]>, producer: string): number[][] {
  return [...taken.values()].map((items) =>
    items.filter(({ name }) => name === producer).map(({ number }) => number),
  );
}

it("producers and consumers in several processes: all is taken once, in the order of its producer", async () => {
  queue = await Queue.with({ pool: "pool-0" }).create<Item>(8);
  const collector = await Collector.create();
  const consumers = await Promise.all(["pool-1", "pool-2"].map((pool) => Consumer.with({ pool }).create()));
  const producers = await Promise.all(["pool-0", "pool-3"].map((pool) => Producer.with({ pool }).create()));
  const consuming = consumers.map((consumer, index) =>
    consumer.consume(queue, index + 1, collector, `consumer-${index}`),
  );
  await Promise.all(producers.map((producer, index) => producer.produce(queue, `producer-${index}`, 300)));
  await queue.close();
  await Promise.all(consuming);
  const taken = await collector.taken();
  const all = Array.from({ length: 300 }, (_, number) => number);
  for (const producer of ["producer-0", "producer-1"]) {
    const numbers = numbersOf(taken, producer);
    // Each consumer sees them in order, and together they have each once.
    for (const own of numbers) expect(own).toEqual(own.toSorted((a, b) => a - b));
    expect(numbers.flat().toSorted((a, b) => a - b)).toEqual(all);
  }
  await stop(queue);
});

it("a process that is killed while its gets wait loses no item", async () => {
  queue = await Queue.with({ pool: "pool-0" }).create<Item>();
  const doomed = await Consumer.with({ pool: "pool-1" }).create();
  const takes = [doomed.take(queue), doomed.take(queue), doomed.iterate(queue, 1)].map(failureOf);
  await waitUntil(async () => (await gets()) === 3, { what: "the gets" });
  process.kill(actorOf(doomed).pid!, "SIGKILL");
  for (const error of await Promise.all(takes)) expect(error).toMatchObject({ code: "ERR_ACTOR_DIED" });
  await waitUntil(async () => (await gets()) === 0, { what: "the gets to be gone" });
  const items = [0, 1, 2].map((number) => ({ name: "producer", number }));
  await queue.putAll(items);
  expect(await queue.get(9)).toEqual(items);
  await stop(queue);
});

it("a process that is killed while its puts wait adds nothing", async () => {
  queue = await Queue.with({ pool: "pool-0" }).create<Item>(1);
  const doomed = await Producer.with({ pool: "pool-2" }).create();
  const producing = failureOf(doomed.produce(queue, "doomed", 9));
  const puts = async () => (await queue.waiting).puts;
  await waitUntil(async () => (await puts()) === 1, { what: "the put" });
  process.kill(actorOf(doomed).pid!, "SIGKILL");
  expect(await producing).toMatchObject({ code: "ERR_ACTOR_DIED" });
  await waitUntil(async () => (await puts()) === 0, { what: "the put to be gone" });
  expect(await queue.get(9)).toEqual([{ name: "doomed", number: 0 }]);
  expect(await queue.size).toBe(0);
  await stop(queue);
});

it("a consumer that is killed at work takes with it what it was handed, and no more", async () => {
  queue = await Queue.with({ pool: "pool-0" }).create<Item>(4);
  const collector = await Collector.with({ pool: "pool-0" }).create();
  const [doomed, other] = await Promise.all(
    ["pool-1", "pool-2"].map((pool) => Consumer.with({ pool }).create()),
  );
  const dying = failureOf(doomed!.consume(queue, 1, collector, "doomed"));
  const consuming = other!.consume(queue, 1, collector, "other");
  const producer = await Producer.with({ pool: "pool-3" }).create();
  const producing = producer.produce(queue, "producer", 2000);
  const tookSome = async () => ((await collector.taken()).get("doomed")?.length ?? 0) >= 20;
  await waitUntil(tookSome, { what: "items that the doomed one took" });
  process.kill(actorOf(doomed!).pid!, "SIGKILL");
  expect(await dying).toMatchObject({ code: "ERR_ACTOR_DIED" });
  await producing;
  await queue.close();
  await consuming;
  const numbers = numbersOf(await collector.taken(), "producer");
  for (const own of numbers) expect(own).toEqual(own.toSorted((a, b) => a - b));
  const seen = new Set(numbers.flat());
  expect(seen.size).toBe(numbers.flat().length);
  // One get at a time: what was on its way to it, or in its hands, when it died.
  expect(2000 - seen.size).toBeLessThanOrEqual(1);
  await stop(queue);
});
