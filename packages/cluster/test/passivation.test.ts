import { describe, expect, it } from "vitest";

import { LocalBrain } from "../src/brain/local-brain.js";
import { TestBrain } from "./support/brain.js";

describe("an actor that its process says is gone until it is needed", () => {
  it("is dormant also when that is heard before it is known to have been made", async () => {
    const { brain, local } = brains();
    const actor = place(brain);
    local.passivated(actor.id);
    expect(actor.state).toBe("reserved");
    local.started(actor.id);
    await turn();
    expect([actor.state, actor.pool]).toEqual(["dormant", ""]);
  });

  it("is dormant also when that is heard before it is known to have been made again", async () => {
    const { brain, local } = brains();
    const actor = place(brain);
    local.started(actor.id);
    local.passivated(actor.id);
    expect(actor.state).toBe("dormant");
    await brain.brain.placeAgain(actor);
    local.passivated(actor.id);
    expect(actor.state).toBe("reviving");
    brain.tree.revived(actor);
    await turn();
    expect(actor.state).toBe("dormant");
  });

  it("is nothing to anybody when it could not be made", async () => {
    const { brain, local } = brains();
    const actor = place(brain);
    local.passivated(actor.id);
    local.failed(actor.id);
    await turn();
    expect(brain.tree.get(actor.id)).toBeUndefined();
  });
});

function brains() {
  const brain = new TestBrain(1);
  const surroundings = { start: () => Promise.resolve(), wake() {}, forget() {}, tellWatcher() {} };
  return { brain, local: new LocalBrain(brain.brain, surroundings) };
}

function place({ brain }: TestBrain) {
  return brain.place({ class: "Worker", creator: "driver-0", revival: { recipe: null, onDemand: true } })
    .actor;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
