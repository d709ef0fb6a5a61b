import { actorOf, type Cluster, kill, Proxy, stop } from "@troupe/dist";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { Greeter, Lonely, Namesake } from "./programs/group-actors.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

let cluster: Cluster;
let proxy: Proxy;
beforeAll(async () => {
  cluster = await startCluster({ pools: 2 });
  proxy = await Proxy.join({ group: "greeters", component: "visitor", name: "taken" });
});
afterAll(async () => {
  await cluster.close();
  await proxy.close();
});

const greeters = () => [...(proxy.peers.get("greeter") ?? [])];

async function untilGreeters(count: number): Promise<string[]> {
  await waitUntil(() => greeters().length === count, { what: `${count} greeters` });
  return greeters();
}

it("an actor with a group answers its proxies and its callers, one at a time", async () => {
  const greeter = await Greeter.create("hi");
  const [name] = (await untilGreeters(1)) as [string];
  const requests = Array.from({ length: 50 }, () => proxy.request(name, { type: "hello" }));
  const calls = Array.from({ length: 50 }, () => greeter.count());
  const replies = await Promise.all(requests);
  await Promise.all(calls);
  expect(replies[0]!.body).toBe(`hi from ${actorOf(greeter).path}`);
  expect(await greeter.count()).toBe(50);
  expect(await greeter.report()).toEqual([]);
  await stop(greeter);
});

it("its methods have its proxy, and speak with the group by it", async () => {
  const [one, two] = await Promise.all([Greeter.create("one"), Greeter.create("two")]);
  const names = await Promise.all([one.member(), two.member()]);
  expect(names[0]).toMatchObject({ group: "greeters", component: "greeter" });
  const reply = (await one.askOther(names[1].name)) as { body: unknown };
  expect(reply.body).toBe(`two from ${actorOf(two).path}`);
  await Promise.all([stop(one), stop(two)]);
});

it("a handler that throws fails the request with its error, and the actor goes on", async () => {
  const greeter = await Greeter.create();
  const { name } = await greeter.member();
  await untilGreeters(1);
  expect(await failureOf(proxy.request(name, { type: "fail" }))).toBeInstanceOf(RangeError);
  expect(await greeter.count()).toBe(0);
  await stop(greeter);
});

it.each([
  ["is stopped", stop],
  ["is killed", kill],
])("the membership of an actor that %s ends with it", async (_how, end) => {
  const greeter = await Greeter.create();
  await untilGreeters(1);
  await end(greeter);
  await untilGreeters(0);
});

it("an actor whose handler leaves the group lives on without it", async () => {
  const greeter = await Greeter.create();
  const [name] = (await untilGreeters(1)) as [string];
  await proxy.send(name, { type: "leave" });
  await untilGreeters(0);
  expect(await greeter.count()).toBe(0);
  await stop(greeter);
});

it("a group that cannot be joined is why the actor could not start, and nothing of it is left", async () => {
  const paths = async () => (await cluster.actors()).map(({ path }) => path);
  const before = await paths();
  const lonely = await failureOf(Lonely.create());
  expect(lonely).toMatchObject({
    code: "ERR_ACTOR_START",
    cause: { code: "ERR_PEERS_MISSING" },
    message: expect.stringMatching(/Lonely could not be made in pool-\d: .*nobody/),
  });
  const namesake = await failureOf(Namesake.create());
  expect(namesake).toMatchObject({ code: "ERR_ACTOR_START", cause: { code: "ERR_NAME_TAKEN" } });
  expect(await paths()).toEqual(before);
});

it("a local instance of the class is a component, as ever", async () => {
  const local = new Greeter("local");
  const launched = local.launch({ signals: false });
  const [name] = (await untilGreeters(1)) as [string];
  expect((await failureOf(proxy.request(name, { type: "fail" }))).message).toBe("no greeting");
  await local.close();
  await launched;
});
