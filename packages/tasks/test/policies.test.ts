import { describe, expect, it } from "vitest";

import { cluster, core, cores, submitAll, task, tasks, told, worker } from "./support.js";

const near = (host: string, bytes = 1000, pool?: string) => ({ host, bytes, pool });

describe("fifo", () => {
  it("starts tasks in order, at workers in turn", () => {
    const scheduler = cluster({ a: 2, b: 2 });
    submitAll(scheduler, tasks(0, 5));
    expect(told(scheduler.next())).toEqual(["start 0 at a", "start 1 at b", "start 2 at a", "start 3 at b"]);
    scheduler.finished(1);
    expect(told(scheduler.next())).toEqual(["start 4 at b"]);
    scheduler.finished(0);
    expect(scheduler.next()).toEqual([]);
    expect(scheduler.stats()).toMatchObject({ running: 3, queued: 0 });
  });

  it("goes on with a smaller task while a larger one waits for room", () => {
    const scheduler = cluster({ a: 4 });
    submitAll(scheduler, [task(0, { needs: cores(3) }), task(1, { needs: cores(3) }), task(2)]);
    expect(told(scheduler.next())).toEqual(["start 0 at a", "start 2 at a"]);
  });

  it("keeps a worker free for a task that smaller ones went before too often", () => {
    const scheduler = cluster({ a: 4 });
    submitAll(scheduler, tasks(0, 1000));
    scheduler.next();
    scheduler.submit(task(1000, { needs: cores(4) }));
    let ended = 0;
    while (scheduler.stateOf(1000) === "queued") {
      scheduler.finished(ended++);
      scheduler.next();
    }
    expect(ended).toBeLessThan(120);
    scheduler.finished(1000);
    expect(scheduler.next()).toHaveLength(4);
  });

  it("keeps no worker free for what those that go before do not take", () => {
    const scheduler = cluster({});
    const capacity = { ...cores(2), gpu: 1 };
    scheduler.addWorker(worker("a", "a", { capacity }));
    submitAll(scheduler, tasks(0, 2, { needs: { ...core, gpu: 1 } }));
    submitAll(scheduler, tasks(2, 500));
    scheduler.next();
    for (let id = 2; id < 500; id++) {
      expect(scheduler.stateOf(id)).toBe("running");
      scheduler.finished(id);
      scheduler.next();
    }
  });
});

describe("locality", () => {
  it("starts a task on the host that has most bytes of its arguments", () => {
    const scheduler = cluster({ a: 1, b: 1, c: 1 });
    scheduler.submit(
      task(0, { scheduling: "locality", args: [near("a", 50), near("b", 40), near("c", 45), near("b", 20)] }),
    );
    expect(told(scheduler.next())).toEqual(["start 0 at b"]);
  });

  it("starts it in the pool that has them, where one has", () => {
    const scheduler = cluster({});
    for (const name of ["a0", "a1", "a2"]) scheduler.addWorker(worker(name, "a"));
    scheduler.next();
    const args = [near("a", 10, "a0"), near("a", 20, "a2")];
    submitAll(scheduler, tasks(0, 2, { scheduling: "locality", args }));
    expect(told(scheduler.next())).toEqual(["start 0 at a2", "start 1 at a0"]);
  });

  it("keeps tasks where their bytes are while all are busy, and takes them elsewhere before a core rests", () => {
    const scheduler = cluster({ a: 1, b: 1 });
    submitAll(scheduler, tasks(0, 4, { scheduling: "locality", args: [near("a")] }));
    submitAll(scheduler, tasks(4, 6, { scheduling: "locality", args: [near("b")] }));
    expect(told(scheduler.next())).toEqual(["start 0 at a", "start 4 at b"]);
    scheduler.finished(4);
    expect(told(scheduler.next())).toEqual(["start 5 at b"]);
    scheduler.finished(5);
    expect(told(scheduler.next())).toEqual(["start 1 at b"]);
    scheduler.finished(0);
    expect(told(scheduler.next())).toEqual(["start 2 at a"]);
  });

  it("takes what waits near a host to another when the host has gone", () => {
    const scheduler = cluster({ a: 1, b: 1 });
    submitAll(scheduler, tasks(0, 4, { scheduling: "locality", args: [near("a")] }));
    scheduler.next();
    expect(scheduler.removeWorker("a").map(({ task }) => task.id)).toEqual([0]);
    expect(scheduler.next()).toEqual([]);
    scheduler.finished(1);
    expect(told(scheduler.next())).toEqual(["start 2 at b"]);
  });

  it("goes to a host that has fewer bytes when the one with most could never run it", () => {
    const scheduler = cluster({ a: 1, b: 4, c: 4 });
    scheduler.submit(
      task(0, { needs: cores(2), scheduling: "locality", args: [near("a", 9), near("c", 2), near("b", 1)] }),
    );
    expect(told(scheduler.next())).toEqual(["start 0 at c"]);
  });

  it("is wherever there is room when there are no arguments", () => {
    const scheduler = cluster({ a: 1, b: 1 });
    submitAll(scheduler, tasks(0, 2, { scheduling: "locality" }));
    expect(told(scheduler.next())).toEqual(["start 0 at a", "start 1 at b"]);
  });
});

describe("spread", () => {
  it("starts each task on a host with the fewest", () => {
    const scheduler = cluster({ a: 8, b: 8, c: 2 });
    scheduler.addWorker(worker("a-too", "a", { capacity: cores(8) }));
    submitAll(scheduler, tasks(0, 3, { scheduling: { host: "a" } }));
    scheduler.next();
    submitAll(scheduler, tasks(3, 10, { scheduling: "spread" }));
    const hosts = told(scheduler.next()).map((text) => text.split(" at ")[1]!);
    const count = (host: string) => hosts.filter((name) => name.startsWith(host)).length;
    expect([count("a"), count("b"), count("c")]).toEqual([1, 4, 2]);
  });
});

describe("affinity", () => {
  it("waits for its host, however idle the others are", () => {
    const scheduler = cluster({ a: 1, b: 8 });
    submitAll(scheduler, tasks(0, 2, { scheduling: { host: "a" } }));
    expect(told(scheduler.next())).toEqual(["start 0 at a"]);
    scheduler.finished(0);
    expect(told(scheduler.next())).toEqual(["start 1 at a"]);
  });
});

describe("bundle", () => {
  it("takes from its bundle alone, which serves nobody else", () => {
    const scheduler = cluster({ a: 1 });
    const bundles = [0, 1].map((bundle) => ({ group: "g", bundle }));
    for (const bundle of bundles) scheduler.addWorker(worker(`g${bundle.bundle}`, "a", { bundle }));
    submitAll(scheduler, tasks(0, 2, { scheduling: bundles[1]! }));
    submitAll(scheduler, tasks(2, 4));
    submitAll(scheduler, tasks(4, 6, { scheduling: "spread" }));
    submitAll(scheduler, tasks(6, 8, { scheduling: "locality", args: [near("a")] }));
    expect(told(scheduler.next()).sort()).toEqual(["start 0 at g1", "start 2 at a"]);
    scheduler.finished(0);
    expect(told(scheduler.next())).toEqual(["start 1 at g1"]);
  });
});
