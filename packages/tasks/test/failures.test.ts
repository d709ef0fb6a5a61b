import { type ObjectRef, objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import {
  add,
  echo,
  exitUntil,
  fail,
  failLater,
  failUntil,
  hold,
  noteDown,
  notSerializable,
  outOfMemory,
  throwText,
} from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

describe("a task that throws", () => {
  it("fails its result with that error, whose stack says where", async () => {
    await using _ = await startSystem();
    const error = await failureOf(awaited(fail.submit("oh")));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "oh", field: [1] });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toContain("programs/tasks.mjs");
    expect(error.stack).toMatch(/thrown by the task fail in pool-0.*awaited here.*failures\.test\.ts/s);
    expect((await failureOf(objects.get(failLater.submit()))).message).toBe("later");
    expect((await failureOf(objects.get(throwText.submit()))).message).toBe("a text");
    const unsent = await failureOf(objects.get(notSerializable.submit()));
    expect(unsent).toMatchObject({
      code: "ERR_NOT_SERIALIZABLE",
      message: expect.stringMatching(/^The task notSerializable, result: Cannot send .*inner/),
    });
    expect(await objects.get(add.submit(1, 2))).toBe(3);
  });

  it("fails those that need its result, which do not run", async () => {
    await using running = await startSystem();
    const last = noteDown.submit(running.file, noteDown.submit(running.file, fail.submit("first")));
    expect((await failureOf(objects.get(last))).message).toBe("first");
    expect(running.notes()).toEqual([]);
  });

  it("runs again for the errors that were named, and as often as was said", async () => {
    await using running = await startSystem();
    const { file } = running;
    const byCode = failUntil.with({ retries: 3, retryOn: "ERR_REFUSED" });
    expect(await objects.get(byCode.submit(file, 3))).toBe(3);
    const byTest = failUntil.with({ retries: 3, retryOn: (error) => error.message === "not yet" });
    expect(await objects.get(byTest.submit(file, 5))).toBe(5);
    const byClass = failUntil.with({ retries: 3, retryOn: [TypeError, Error] });
    expect(await objects.get(byClass.submit(file, 7))).toBe(7);
    const tries = () => running.notes().length;
    const before = tries();
    expect((await failureOf(objects.get(byCode.submit(file, 100)))).message).toBe("not yet");
    expect(tries() - before).toBe(4);
    await failureOf(objects.get(byCode.submit(file, 100, "ERR_OTHER")));
    await failureOf(objects.get(failUntil.with({ retries: 3 }).submit(file, 100)));
    const throws = () => {
      throw new Error("no rule");
    };
    await failureOf(objects.get(failUntil.with({ retries: 3, retryOn: throws }).submit(file, 100)));
    expect(tries() - before).toBe(7);
  });
});

describe("a task whose process ends", () => {
  it("fails naming the task, how it ended and its last words", async () => {
    await using running = await startSystem();
    const exited = await failureOf(objects.get(exitUntil.submit(running.file, 100)));
    expect(exited).toMatchObject({ code: "ERR_ACTOR_DIED", details: { task: "exitUntil", exitCode: 3 } });
    expect(exited.message).toContain("these are the last words");
    const killed = await failureOf(objects.get(exitUntil.submit(running.file, 100, "SIGKILL")));
    expect(killed).toMatchObject({ code: "ERR_ACTOR_DIED", details: { signal: "SIGKILL" } });
    expect(await objects.get(add.submit(1, 2))).toBe(3);
  });

  it("fails so when the memory of its process is used up", async () => {
    await using _ = await startSystem({ pools: [{ maxMemory: 32 }] });
    const error = await failureOf(objects.get(outOfMemory.submit()));
    expect(error).toMatchObject({ code: "ERR_ACTOR_DIED", details: { task: "outOfMemory" } });
    expect(error.message).toContain("ran out of memory");
  });

  it("runs again as often as was asked", async () => {
    await using running = await startSystem({ pools: 2 });
    const again = exitUntil.with({ retries: 2 });
    expect(await objects.get(again.submit(running.file, 3, "SIGKILL"))).toBe(3);
    const error = await failureOf(objects.get(again.submit(running.file, 100)));
    expect(error.message).toContain("its last try of 3");
    expect(running.notes()).toHaveLength(6);
  });

  it("takes nothing with it that had not begun", async () => {
    await using running = await startSystem();
    const { file } = running;
    const first = hold.submit(file, 50);
    const dying = exitUntil.submit(file, 100);
    const others = Array.from({ length: 500 }, (_, index) => echo.submit(index));
    await failureOf(objects.get(dying));
    await objects.get(first);
    expect(await objects.get(others)).toHaveLength(500);
  });

  it("settles each of 5,000 tasks once while pools are killed", async () => {
    await using running = await startSystem({ pools: 2 });
    const { cluster } = running.system;
    const patient = add.with({ retries: 100 });
    let isOver = false;
    const killing = (async () => {
      while (!isOver) {
        for (const { pid, state } of cluster.pools()) if (state === "up") process.kill(pid!, "SIGKILL");
        await objects.get(patient.submit(0, 0));
      }
    })();
    let sum = patient.submit(0, 0);
    for (let index = 1; index < 5_000; index++) sum = patient.submit(index % 7 === 0 ? sum : index, sum);
    const refs = Array.from({ length: 5_000 }, (_, index) => patient.submit(index, 1));
    const values = await objects.get(refs);
    expect(values).toEqual(refs.map((_, index) => index + 1));
    isOver = true;
    await killing;
    expect(running.tasks.submitter.size).toBeLessThan(5_000);
  });
});

/** As a program does it: in a function of its own. */
async function awaited(ref: ObjectRef): Promise<unknown> {
  return await objects.get(ref);
}
