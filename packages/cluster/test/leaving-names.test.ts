import { afterEach, describe, expect, it, vi } from "vitest";

import { LocalBrain } from "../src/brain/local-brain.js";
import type { PlaceRequest } from "../src/node/brain-port.js";
import { TestBrain } from "./support/brain.js";

const heir: PlaceRequest = { class: "Worker", creator: "driver-0", name: "heir" };

describe("the name of an actor that is to be stopped, as whom it was for is gone,", () => {
  afterEach(() => vi.useRealTimers());

  it("goes to the next when that one has ended", async () => {
    const { test, local, parent, holder } = family();
    test.tree.ended(parent.id, "died");
    const placed = Promise.resolve(local.place(heir));
    expect(test.tree.find("heir")).toBe(holder);
    test.tree.ended(holder.id, "stopped");
    const { record, existing } = await placed;
    expect([test.tree.holder("heir")?.id, record.incarnation, existing]).toEqual([record.id, 1, false]);
  });

  it("is not given to those who would take the one that is there", async () => {
    const { test, local, parent, holder } = family();
    test.tree.ended(parent.id, "died");
    const placed = Promise.resolve(local.place({ ...heir, getIfExists: true }));
    test.tree.ended(holder.id, "stopped");
    expect(await placed).toMatchObject({ existing: false, record: { incarnation: 1 } });
  });

  it("is waited for also when it is the child of one that is to be stopped, and not of one that is detached", async () => {
    const { test, local, parent, holder } = family();
    const grandchild = test.make({ parent: holder.id, name: "grandchild" });
    const detached = test.make({ parent: holder.id, name: "detached", detached: true });
    test.make({ parent: detached.id, name: "stays" });
    test.tree.ended(parent.id, "died");
    const placed = Promise.resolve(local.place({ ...heir, name: "grandchild" }));
    test.tree.ended(grandchild.id, "stopped");
    expect(await placed).toMatchObject({ existing: false });
    for (const name of ["detached", "stays"])
      expect(() => local.place({ ...heir, name })).toThrow(
        expect.objectContaining({ code: "ERR_NAME_TAKEN" }),
      );
  });

  it("is waited for as long as the request says, and is free after five seconds at the latest", async () => {
    vi.useFakeTimers();
    const { test, local, parent, holder } = family();
    test.tree.ended(parent.id, "died");
    const hasty = expect(local.place(heir, { timeout: 4_999 })).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringContaining('worker-0/worker-0, which has the name "heir"'),
    });
    const patient = Promise.resolve(local.place(heir, { timeout: 6_000 }));
    await vi.advanceTimersByTimeAsync(5_000);
    await hasty;
    const { record } = await patient;
    expect(record.incarnation).toBe(1);
    test.tree.ended(holder.id, "stopped");
    expect(test.tree.holder("heir")?.id).toBe(record.id);
  });
});

/** A parent, and its child that has the name. */
function family() {
  const test = new TestBrain(2);
  const surroundings = { start: () => Promise.resolve(), wake() {}, forget() {}, tellWatcher() {} };
  const parent = test.make();
  const holder = test.make({ parent: parent.id, name: "heir" });
  return { test, local: new LocalBrain(test.brain, surroundings), parent, holder };
}
