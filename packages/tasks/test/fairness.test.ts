import { describe, expect, it } from "vitest";

import { cluster, core, cores, submitAll, task, tasks, teach } from "./support.js";

describe("submitters", () => {
  it("with ten tasks do not wait for one with very many", () => {
    const scheduler = cluster({ a: 4 });
    submitAll(scheduler, tasks(0, 100_000, { submitter: "many" }));
    scheduler.next();
    submitAll(scheduler, tasks(100_000, 100_010, { submitter: "few" }));
    let ended = 0;
    while (scheduler.stateOf(100_009) !== undefined) {
      scheduler.finished(ended++);
      scheduler.next();
      for (let id = 100_000; id < 100_010; id++)
        if (scheduler.stateOf(id) === "running") scheduler.finished(id);
    }
    expect(ended).toBeLessThan(25);
  });

  it("that come together share what is free from the start", () => {
    const scheduler = cluster({ a: 10 });
    for (const submitter of ["x", "y"]) {
      const from = submitter === "x" ? 0 : 1000;
      submitAll(scheduler, tasks(from, from + 1000, { submitter }));
    }
    const started = scheduler.next().map(({ task }) => task.submitter);
    expect(started.filter((name) => name === "x")).toHaveLength(5);
  });

  it("get the same in core-milliseconds, whatever the size of their tasks", () => {
    const scheduler = cluster({ a: 1 });
    teach(scheduler, "ten", 10);
    teach(scheduler, "thirty", 30);
    submitAll(scheduler, tasks(0, 1000, { submitter: "x", fn: "ten" }));
    submitAll(scheduler, tasks(1000, 2000, { submitter: "y", fn: "thirty" }));
    const counts = { x: 0, y: 0 };
    for (let i = 0; i < 400; i++) {
      for (const decision of scheduler.next()) {
        counts[decision.task.submitter as "x" | "y"]++;
        scheduler.finished(decision.task.id, decision.task.fn === "ten" ? 10 : 30);
      }
    }
    expect(counts.x / counts.y).toBeGreaterThan(2.9);
    expect(counts.x / counts.y).toBeLessThan(3.1);
  });

  it("that had nothing to do save up no turns meanwhile", () => {
    const scheduler = cluster({ a: 1 });
    submitAll(scheduler, [...tasks(0, 500, { submitter: "x" }), task(5000, { submitter: "y" })]);
    const run = (times: number) => {
      const names: string[] = [];
      for (let i = 0; i < times; i++) {
        for (const { task } of scheduler.next()) {
          names.push(task.submitter);
          scheduler.finished(task.id);
        }
      }
      return names;
    };
    run(100);
    submitAll(scheduler, tasks(5001, 5100, { submitter: "y" }));
    const names = run(20);
    expect(names.filter((name) => name === "y").length).toBeLessThanOrEqual(11);
  });

  it("get a turn also where theirs is the only one that fits", () => {
    const scheduler = cluster({ a: 2 });
    submitAll(scheduler, tasks(0, 10, { submitter: "x", needs: cores(2) }));
    submitAll(scheduler, tasks(10, 20, { submitter: "y", needs: core }));
    const first = scheduler.next().map(({ task }) => task.id);
    expect(first).toEqual([0]);
    scheduler.finished(0);
    expect(scheduler.next().map(({ task }) => task.submitter)).toEqual(["y", "y"]);
  });
});
