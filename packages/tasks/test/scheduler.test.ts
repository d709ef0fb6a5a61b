import { isTroupeError } from "@troupe/core";
import { describe, expect, it } from "vitest";

import { TaskScheduler } from "../src/index.js";
import { cluster, core, cores, submitAll, task, tasks, teach, told, worker } from "./support.js";

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("the example", () => {
  it("of the package does what its comments say", () => {
    const scheduler = new TaskScheduler();
    const capacity = { cpu: 1, gpu: 0, memory: 0, resources: {} };
    scheduler.addWorker({ name: "pool-0", host: "a", capacity });
    scheduler.submit({ id: 1, submitter: "driver", needs: capacity, scheduling: "fifo" });
    scheduler.submit({ id: 2, submitter: "driver", needs: capacity, scheduling: "fifo" });
    expect(told(scheduler.next())).toEqual(["start 1 at pool-0"]);
    scheduler.finished(1, 12);
    expect(told(scheduler.next())).toEqual(["start 2 at pool-0"]);
  });
});

describe("a need that nobody can meet", () => {
  it("is refused when it is submitted, with what was asked for and what there is", () => {
    const scheduler = cluster({ a: 2, b: 4 });
    const error = errorOf(() => scheduler.submit(task(0, { needs: { ...cores(8), gpu: 1 } })));
    expect(isTroupeError(error, "ERR_NO_RESOURCES")).toBe(true);
    expect((error as Error).message).toContain("needs cpu 8, gpu 1");
    expect((error as Error).message).toContain("the largest, b on b, has cpu 4");
    expect(scheduler.stats()).toMatchObject({ queued: 0, submitters: 0 });
  });

  it.each([{ host: "z" }, { group: "g", bundle: 3 }])(
    "is refused at a place that is not there: %o",
    (place) => {
      const scheduler = cluster({ a: 2 });
      expect(
        isTroupeError(
          errorOf(() => scheduler.submit(task(0, { scheduling: place }))),
          "ERR_NO_RESOURCES",
        ),
      ).toBe(true);
    },
  );

  it("is refused when the last worker that could has left, and not while that one is to come back", () => {
    const scheduler = cluster({ a: 2, b: 4 });
    submitAll(scheduler, tasks(0, 3, { needs: cores(4) }));
    scheduler.submit(task(3, { needs: cores(3), scheduling: "locality", args: [{ host: "b", bytes: 1 }] }));
    scheduler.submit(task(4, { scheduling: "locality", args: [{ host: "b", bytes: 1 }] }));
    scheduler.next();
    expect(scheduler.removeWorker("b", { comesBack: true })).toEqual([
      { task: task(0, { needs: cores(4) }), state: "running" },
    ]);
    expect(scheduler.next()).toEqual([]);
    scheduler.removeWorker("b");
    expect(told(scheduler.next()).sort()).toEqual(["refuse 1", "refuse 2", "refuse 3"]);
    expect(scheduler.stateOf(1)).toBeUndefined();
    expect(scheduler.stateOf(4)).toBe("running");
  });

  it("waits for a worker that is expected", () => {
    const scheduler = new TaskScheduler();
    scheduler.expectWorker(worker("a", "a"));
    scheduler.submit(task(0));
    expect(scheduler.next()).toEqual([]);
    scheduler.addWorker(worker("a", "a"));
    expect(told(scheduler.next())).toEqual(["start 0 at a"]);
  });

  it("that is no amount, an id twice and a worker twice are refused", () => {
    const scheduler = cluster({ a: 1 });
    scheduler.submit(task(0));
    for (const act of [
      () => scheduler.submit(task(0)),
      () => scheduler.submit(task(1, { needs: cores(-1) })),
      () => scheduler.addWorker(worker("a", "b")),
    ])
      expect(isTroupeError(errorOf(act), "ERR_CONFIG")).toBe(true);
  });
});

describe("resources", () => {
  it("of all kinds are taken while a task runs", () => {
    const scheduler = new TaskScheduler();
    const capacity = { cpu: 4, gpu: 1, memory: 100, resources: { camera: 1 } };
    scheduler.addWorker(worker("a", "a", { capacity }));
    const kinds = [
      { ...core, gpu: 0.6 },
      { ...core, memory: 60 },
      { ...core, resources: { camera: 1 } },
    ];
    let id = 0;
    for (const needs of kinds) submitAll(scheduler, tasks(id, (id += 2), { needs }));
    expect(told(scheduler.next())).toEqual(["start 0 at a", "start 2 at a", "start 4 at a"]);
    scheduler.finished(2);
    expect(told(scheduler.next())).toEqual(["start 3 at a"]);
  });

  it("that come as fractions add up to whole ones", () => {
    const scheduler = cluster({ a: 1 });
    submitAll(scheduler, tasks(0, 20, { needs: cores(0.1) }));
    expect(scheduler.next()).toHaveLength(10);
  });
});

describe("a task that waits for another", () => {
  it("lends its cores, and has them again before all others", () => {
    const scheduler = cluster({ a: 1 });
    submitAll(scheduler, tasks(0, 3));
    scheduler.next();
    scheduler.blocked(0);
    expect(told(scheduler.next())).toEqual(["start 1 at a"]);
    scheduler.unblocked(0);
    expect(scheduler.next()).toEqual([]);
    expect(scheduler.stateOf(0)).toBe("resuming");
    scheduler.finished(1);
    expect(told(scheduler.next())).toEqual(["resume 0 at a"]);
    scheduler.finished(0);
    expect(told(scheduler.next())).toEqual(["start 2 at a"]);
  });

  it("goes on at once when nobody has its cores", () => {
    const scheduler = cluster({ a: 1 });
    scheduler.submit(task(0));
    scheduler.next();
    scheduler.blocked(0);
    scheduler.unblocked(0);
    expect(told(scheduler.next())).toEqual(["resume 0 at a"]);
  });

  it("keeps what is no core", () => {
    const scheduler = new TaskScheduler();
    scheduler.addWorker(worker("a", "a", { capacity: { ...cores(2), memory: 10 } }));
    submitAll(scheduler, tasks(0, 2, { needs: { ...core, memory: 10 } }));
    scheduler.next();
    scheduler.blocked(0);
    expect(scheduler.next()).toEqual([]);
  });

  it("may end without going on", () => {
    const scheduler = cluster({ a: 1 });
    submitAll(scheduler, tasks(0, 3));
    scheduler.next();
    scheduler.blocked(0);
    scheduler.next();
    scheduler.finished(0);
    expect(scheduler.next()).toEqual([]);
    scheduler.finished(1);
    expect(told(scheduler.next())).toEqual(["start 2 at a"]);
  });

  it("ten deep in a single core runs through", () => {
    const scheduler = cluster({ a: 1 });
    for (let id = 0; id < 10; id++) {
      scheduler.submit(task(id, { submitter: `task ${id}` }));
      expect(told(scheduler.next())).toEqual([`start ${id} at a`]);
      scheduler.blocked(id);
    }
    for (let id = 9; id >= 0; id--) {
      scheduler.unblocked(id);
      expect(told(scheduler.next())).toEqual([`resume ${id} at a`]);
      scheduler.finished(id);
    }
    expect(scheduler.stats()).toMatchObject({ blocked: 0, running: 0, submitters: 0 });
  });
});

describe("what lies at a worker behind others", () => {
  it("is as much as takes about 2 ms, by what such tasks took", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "short", 0.5);
    submitAll(scheduler, tasks(0, 100, { fn: "short" }));
    const decisions = scheduler.next();
    expect(decisions.map(({ kind }) => kind)).toEqual(["start", "queue", "queue", "queue", "queue"]);
    scheduler.finished(0, 0.5);
    expect(scheduler.stateOf(1)).toBe("running");
    expect(told(scheduler.next())).toEqual(["queue 5 at a"]);
  });

  it("is at most 256 tasks", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "quick", 0.0001);
    submitAll(scheduler, tasks(0, 1000, { fn: "quick" }));
    expect(scheduler.next()).toHaveLength(257);
  });

  it("is nothing when tasks take long, or nobody knows how long", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "long", 3);
    submitAll(scheduler, [...tasks(0, 5, { fn: "long" }), ...tasks(5, 10, { fn: "unknown" })]);
    expect(scheduler.next()).toHaveLength(1);
  });

  it("is nothing behind a task that takes long", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "short", 0.1);
    submitAll(scheduler, [task(0, { fn: "unknown" }), ...tasks(1, 5, { fn: "short" })]);
    expect(scheduler.next()).toHaveLength(1);
  });

  it("is given to a new task too, when nobody is before it", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "short", 0.1);
    for (let id = 0; id < 3; id++) {
      scheduler.submit(task(id, { fn: "short" }));
      expect(told(scheduler.next())).toEqual([`${id === 0 ? "start" : "queue"} ${id} at a`]);
    }
  });

  it("is recalled for an idle worker, the later half of it, and starts there in order", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "short", 0.2);
    submitAll(scheduler, tasks(0, 7, { fn: "short" }));
    scheduler.next();
    scheduler.addWorker(worker("b", "b", { capacity: cores(2) }));
    expect(told(scheduler.next())).toEqual(["recall 4 at a", "recall 5 at a", "recall 6 at a"]);
    scheduler.returned([6, 5]);
    expect(told(scheduler.next())).toEqual(["start 5 at b", "start 6 at b"]);
    expect(scheduler.stateOf(4)).toBe("waiting");
  });

  it("is recalled first of all from a worker of the same host", () => {
    const scheduler = new TaskScheduler();
    const on = (name: string, host: string) => scheduler.addWorker(worker(name, host));
    on("a0", "a");
    on("b0", "b");
    teach(scheduler, "short", 0.2);
    submitAll(scheduler, [
      ...tasks(0, 4, { fn: "short", scheduling: { host: "a" } }),
      ...tasks(10, 20, { fn: "short", scheduling: "fifo" }),
    ]);
    scheduler.next();
    on("a1", "a");
    const recalled = told(scheduler.next()).filter((text) => text.startsWith("recall"));
    expect(recalled.length).toBeGreaterThan(0);
    expect(recalled.every((text) => text.endsWith("at a0"))).toBe(true);
  });

  it("is not recalled for a worker that may not run it", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "short", 0.2);
    submitAll(scheduler, tasks(0, 7, { fn: "short", scheduling: { host: "a" } }));
    scheduler.next();
    scheduler.addWorker(worker("b", "b"));
    expect(scheduler.next()).toEqual([]);
  });
});

describe("a task that is cancelled", () => {
  it("leaves its line, or stays until its worker is done with it", () => {
    const scheduler = cluster({ a: 1 });
    submitAll(scheduler, tasks(0, 4));
    scheduler.next();
    expect(scheduler.cancel(0)).toBe("assigned");
    expect(scheduler.cancel(1)).toBe("removed");
    expect(scheduler.cancel(3)).toBe("removed");
    expect(scheduler.cancel(9)).toBe("unknown");
    expect(scheduler.next()).toEqual([]);
    scheduler.finished(0);
    expect(told(scheduler.next())).toEqual(["start 2 at a"]);
  });
});

describe("a worker that leaves", () => {
  it("gives back what it had, which goes before the others when it is submitted again", () => {
    const scheduler = cluster({ a: 1, b: 1 });
    teach(scheduler, "short", 0.5, { host: "a" });
    submitAll(scheduler, tasks(0, 3, { fn: "short", scheduling: { host: "a" } }));
    submitAll(scheduler, tasks(3, 6, { fn: "unknown" }));
    scheduler.next();
    const lost = scheduler.removeWorker("a", { comesBack: true });
    expect(lost.map(({ task, state }) => [task.id, state])).toEqual([
      [0, "running"],
      [1, "waiting"],
      [2, "waiting"],
    ]);
    expect(scheduler.stateOf(0)).toBeUndefined();
    scheduler.submit(task(2), { first: true });
    scheduler.finished(3);
    expect(told(scheduler.next())).toEqual(["start 2 at b"]);
  });
});
