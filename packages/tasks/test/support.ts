import { type Decision, type QueuedTask, type Scheduling, TaskScheduler, type Worker } from "../src/index.js";

export const core = { cpu: 1, gpu: 0, memory: 0, resources: {} };

export function cores(cpu: number) {
  return { ...core, cpu };
}

export function worker(name: string, host: string, options: Partial<Worker> = {}): Worker {
  return { name, host, capacity: core, ...options };
}

export function task(id: number, options: Partial<QueuedTask> = {}): QueuedTask {
  return { id, submitter: "driver", needs: core, scheduling: "fifo", ...options };
}

/** Tasks with ids from `from` up to and without `to`. */
export function tasks(from: number, to: number, options: Partial<QueuedTask> = {}): QueuedTask[] {
  return Array.from({ length: to - from }, (_, index) => task(from + index, options));
}

/** A scheduler with one worker of that many cores on each of the hosts; the worker is named as its host. */
export function cluster(hosts: Readonly<Record<string, number>>): TaskScheduler {
  const scheduler = new TaskScheduler();
  for (const [host, cpu] of Object.entries(hosts)) {
    scheduler.addWorker(worker(host, host, { capacity: cores(cpu) }));
  }
  return scheduler;
}

export function submitAll(scheduler: TaskScheduler, list: readonly QueuedTask[]): void {
  for (const each of list) scheduler.submit(each);
}

/** Decisions in short: `start 1 at a`. */
export function told(decisions: readonly Decision[]): string[] {
  return decisions.map((decision) =>
    decision.kind === "refuse"
      ? `refuse ${decision.task.id}`
      : `${decision.kind} ${decision.task.id} at ${decision.worker}`,
  );
}

/** Lets the scheduler know that tasks of the function take that long, by one that is run for it. */
export function teach(
  scheduler: TaskScheduler,
  fn: string,
  ms: number,
  scheduling: Scheduling = "fifo",
): void {
  scheduler.submit(task(-1, { fn, scheduling }));
  scheduler.next();
  scheduler.finished(-1, ms);
  scheduler.next();
}
