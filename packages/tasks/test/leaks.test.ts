import { type ObjectRef, objects } from "@troupe/objects";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { cancel } from "../src/index.js";
import { add, echo, hold, total, twoLarge, untilAborted } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

/** Settles when this process owns no object, and the store has none. */
function allGone() {
  return waitUntil(
    () => {
      const { owned, store } = objects.stats();
      return owned === 0 && (store?.objects ?? 0) === 0;
    },
    { what: "all objects to go" },
  );
}

describe("what a task held goes without the garbage collector", () => {
  it("a long chain of results that can be computed again", async () => {
    await using _ = await startSystem();
    const patient = add.with({ retries: 3 });
    let last = patient.submit(0, 1);
    for (let count = 1; count < 5_000; count++) {
      using before: ObjectRef<number> = last;
      last = patient.submit(before, 1);
    }
    expect(await objects.get(last)).toBe(5_000);
    expect(objects.stats().owned).toBe(5_000);
    last.release();
    await allGone();
  });

  it("the results of one that gives several, when the last is not wanted any more", async () => {
    await using running = await startSystem();
    using argument = objects.put(running.file);
    const [one, two] = twoLarge.with({ retries: 1 }).submit(argument);
    // Not got, for a view of a large one would be collected who knows when.
    await Promise.all([one, two].map((ref) => objects.whenReady(ref)));
    argument.release();
    one.release();
    expect(objects.stats().owned).toBe(2);
    two.release();
    await waitUntil(() => objects.stats().owned === 0, { what: "the argument to go" });
  });

  it("large arguments, whether it ran, failed or was given up", async () => {
    await using running = await startSystem();
    const large = () => new Float64Array(20_000).fill(1);
    using ran = total.submit(large());
    using again = total.with({ retries: 1 }).submit(large());
    expect(await objects.get([ran, again])).toEqual([20_000, 20_000]);
    using failed = hold.submit(large() as never, 1);
    await failureOf(objects.get(failed));
    using first = untilAborted.submit(running.file);
    using second = echo.submit(large());
    await running.noted(/^began/);
    for (const ref of [second, first]) cancel(ref);
    for (const ref of [ran, again, failed, first, second]) ref.release();
    process.kill(running.system.cluster.pools()[0]!.pid!, "SIGKILL");
    await allGone();
  });

  it("references in a message that a pool never read, as it was killed before", async () => {
    await using running = await startSystem();
    using before = add.submit(1, 2);
    await objects.get(before);
    before.release();
    const pid = running.system.cluster.pools()[0]!.pid!;
    process.kill(pid, "SIGSTOP");
    using inner = objects.put("a value");
    using outer = echo.submit({ inner });
    const end = failureOf(objects.get(outer));
    await waitUntil(() => running.tasks.submitter.size === 1, { what: "the task" });
    // It is sent at the end of this turn.
    await new Promise(setImmediate);
    process.kill(pid, "SIGKILL");
    expect(await end).toMatchObject({ code: "ERR_ACTOR_DIED" });
    for (const ref of [inner, outer]) ref.release();
    await allGone();
  });
});
