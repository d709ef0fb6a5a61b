import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { addAt, addBoth, Ledger } from "./programs/tasks.mjs";
import { startSystem } from "./support/start.js";

noLeftovers();

describe("the result of a task as the argument of an actor", () => {
  it("does not keep the actor from what the task asks it for", async () => {
    await using running = await startSystem({ pools: 2 });
    for (const pool of ["pool-0", "pool-1", "driver-0"]) {
      const ledger = await running.system.create(Ledger, [], { pool });
      const sums = Array.from({ length: 20 }, (_, index) =>
        ledger.add.send(addAt.submit(ledger, index, 1), 1),
      );
      expect(await Promise.all(sums)).toEqual(sums.map((_, index) => index + 2));
      const result = ledger.add.remote(addAt.submit(ledger, 1, 2), ledger.add.remote(3, 4));
      expect(await objects.get(result)).toBe(10);
    }
  });

  it("holds up what its own task sends that actor later, and no other task of the pool", async () => {
    await using running = await startSystem();
    const ledger = await running.system.create(Ledger);
    const { ref, settle } = coming();
    const both = addBoth.with({ cpu: 0 }).submit(running.file, ledger, { ref }, 10);
    await running.noted("asked");
    settle(await objects.get(addAt.with({ cpu: 0 }).submit(ledger, 1, 1)));
    expect(await objects.get(both)).toEqual([3, 11]);
  });
});

function coming() {
  const expected = objects.expect<number>();
  return { ref: expected.ref, settle: (value: number) => expected.settle(objects.storeSmall(value)) };
}
