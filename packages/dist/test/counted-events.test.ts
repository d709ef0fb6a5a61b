import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { dist, type Proxy } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

class Learner {
  readonly batches: string[][] = [];
}

/** A learner whose event is met by 60 % of the living actors, and so many actors. */
async function stage(group: TestGroup, count: number) {
  const Component = dist(Learner, {
    ...group.at,
    component: "learner",
    handlers: {
      "actor:rollout:60%": (local, _proxy, messages) =>
        local.batches.push(messages.map(({ source }) => source)),
      sync: (_local, proxy, message) => proxy.reply(message, { body: proxy.peers.get("actor")?.length }),
    },
  });
  const learner = new Component();
  void group.launch(learner);
  const actors = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      group.join("actor", { name: `actor-${i}`, peers: { learner: 1, actor: count - 1 } }),
    ),
  );
  return { learner, actors };
}

async function rollout(actor: Proxy | undefined): Promise<void> {
  await actor?.send("learner-0", { type: "rollout" });
  await synced(actor);
}

/** Whatever the actor sent was handled. Gives how many actors the learner sees. */
async function synced(actor: Proxy | undefined): Promise<unknown> {
  return (await actor?.request("learner-0", { type: "sync" }))?.body;
}

describe("an event of 60 % of a component", () => {
  it("is met by messages of so many, rounded up, and not by one fewer", async () => {
    await using group = new TestGroup();
    const { learner, actors } = await stage(group, 4);
    await waitUntil(async () => (await synced(actors[0])) === 4, { what: "the learner to see all actors" });
    await rollout(actors[0]);
    await rollout(actors[1]);
    expect(learner.batches).toEqual([]);
    await rollout(actors[2]);
    expect(learner.batches).toEqual([["actor-0", "actor-1", "actor-2"]]);
    await rollout(actors[3]);
    expect(learner.batches).toHaveLength(1);
  });

  it("is met at once when members leave, so that fewer messages are enough", async () => {
    await using group = new TestGroup();
    const { learner, actors } = await stage(group, 4);
    await waitUntil(async () => (await synced(actors[0])) === 4, { what: "the learner to see all actors" });
    await rollout(actors[0]);
    await rollout(actors[1]);
    expect(learner.batches).toEqual([]);
    await actors[3]?.close();
    await waitUntil(() => learner.batches.length === 1, { what: "the event to be met by 2 of 3" });
    expect(learner.batches).toEqual([["actor-0", "actor-1"]]);
  });

  it("needs more when members join", async () => {
    await using group = new TestGroup();
    const { learner, actors } = await stage(group, 1);
    await waitUntil(async () => (await synced(actors[0])) === 1, { what: "the learner to see the actor" });
    await group.join("actor", { name: "actor-1" });
    await waitUntil(async () => (await synced(actors[0])) === 2, { what: "the learner to see both" });
    await rollout(actors[0]);
    expect(learner.batches).toEqual([]);
    await rollout(actors[0]);
    expect(learner.batches).toEqual([["actor-0", "actor-0"]]);
  });
});
