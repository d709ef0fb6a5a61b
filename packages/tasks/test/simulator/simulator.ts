import {
  type Prefetch,
  type QueuedTask,
  type Scheduling,
  type TaskArgument,
  TaskScheduler,
} from "../../src/index.js";
import { core, cores } from "../support.js";
import { Events } from "./events.js";

/** A task of a job. */
export interface Job {
  readonly fn: string;
  readonly ms: number;
  /** Bytes that are on a host before anything runs. */
  readonly inputs: readonly { readonly bytes: number; readonly host: number }[];
  /** Tasks whose results it takes: indices, all smaller than its own. */
  readonly after: readonly number[];
  /** Bytes of its result. */
  readonly output: number;
}

export interface ClusterShape {
  readonly hosts: number;
  readonly cores: number;
  /** Bytes a millisecond that a host takes in. */
  readonly bandwidth: number;
  /** Milliseconds that a message takes between the scheduler and a worker. */
  readonly latency: number;
}

export interface Outcome {
  /** Milliseconds. */
  readonly makespan: number;
  readonly bytesMoved: number;
  /** No order or place can be better: all cores busy all the time, or the longest chain. */
  readonly idealMakespan: number;
  /** Of the same run, had each task gone where most of its bytes were. */
  readonly idealBytes: number;
  /** How many tasks each worker was told, by kind of decision. */
  readonly decisions: Readonly<Record<string, number>>;
}

interface SimulatedHost {
  readonly lying: QueuedTask[];
  free: number;
  /** When its network has taken in all that is on the way. */
  networkFreeAt: number;
}

/** Runs the jobs on a cluster that is simulated event by event, scheduled by the code that schedules real ones. */
export function simulate(
  jobs: readonly Job[],
  scheduling: Scheduling,
  shape: ClusterShape,
  prefetch?: Partial<Prefetch>,
): Outcome {
  const scheduler = new TaskScheduler({ prefetch });
  const events = new Events();
  const hosts: SimulatedHost[] = [];
  const decisions: Record<string, number> = {};
  const missing = jobs.map(({ after }) => after.length);
  const followers = jobs.map((): number[] => []);
  jobs.forEach(({ after }, id) => after.forEach((other) => followers[other]!.push(id)));
  const resultAt: number[] = [];
  let now = 0;
  let makespan = 0;
  let bytesMoved = 0;
  let idealBytes = 0;

  for (let host = 0; host < shape.hosts; host++) {
    scheduler.addWorker({ name: `${host}`, host: `${host}`, capacity: cores(shape.cores) });
    hosts.push({ lying: [], free: shape.cores, networkFreeAt: 0 });
  }
  jobs.forEach(({ after }, id) => {
    if (after.length === 0) submit(id);
  });
  decide();
  for (let at = events.next; at !== undefined; at = events.next) {
    now = at;
    while (events.next === now) events.take()();
    decide();
  }
  if (resultAt.filter((host) => host !== undefined).length < jobs.length)
    throw new Error("Not all tasks ran.");
  return {
    makespan,
    bytesMoved,
    idealMakespan: idealMakespan(jobs, shape),
    idealBytes,
    decisions,
  };

  function submit(id: number): void {
    const { fn, inputs, after } = jobs[id]!;
    const args: TaskArgument[] = [
      ...inputs.map(({ bytes, host }) => ({ bytes, host: `${host}` })),
      ...after.map((other) => ({ bytes: jobs[other]!.output, host: `${resultAt[other]!}` })),
    ];
    scheduler.submit({ id, submitter: "driver", fn, needs: core, scheduling, args });
  }

  function decide(): void {
    for (const decision of scheduler.next()) {
      decisions[decision.kind] = (decisions[decision.kind] ?? 0) + 1;
      if (decision.kind === "refuse") throw decision.error;
      const { task } = decision;
      const index = Number(decision.worker);
      const host = hosts[index]!;
      if (decision.kind === "recall") events.plan(now + shape.latency, () => giveBack(host, task));
      else
        events.plan(now + shape.latency, () => {
          host.lying.push(task);
          startWhatFits(host, index);
        });
    }
  }

  function giveBack(host: SimulatedHost, task: QueuedTask): void {
    const position = host.lying.indexOf(task);
    if (position === -1) return;
    host.lying.splice(position, 1);
    events.plan(now + shape.latency, () => scheduler.returned([task.id]));
  }

  function startWhatFits(host: SimulatedHost, index: number): void {
    while (host.free > 0 && host.lying.length > 0) {
      const task = host.lying.shift()!;
      host.free--;
      const bytes = bytesElsewhere(task, `${index}`);
      bytesMoved += bytes;
      const places = task.args!.map((argument) => argument.host);
      idealBytes += Math.min(bytes, ...places.map((place) => bytesElsewhere(task, place)));
      const begins = now;
      let arrived = now;
      if (bytes > 0) {
        arrived = Math.max(now, host.networkFreeAt) + bytes / shape.bandwidth;
        host.networkFreeAt = arrived;
      }
      events.plan(arrived + jobs[task.id]!.ms, () => end(host, index, task, begins));
    }
  }

  function end(host: SimulatedHost, index: number, { id }: QueuedTask, began: number): void {
    const ms = now - began;
    makespan = now;
    resultAt[id] = index;
    host.free++;
    startWhatFits(host, index);
    events.plan(now + shape.latency, () => {
      scheduler.finished(id, ms);
      for (const follower of followers[id]!) {
        missing[follower]!--;
        if (missing[follower] === 0) submit(follower);
      }
    });
  }
}

function bytesElsewhere({ args = [] }: QueuedTask, host: string): number {
  let bytes = 0;
  for (const argument of args) if (argument.host !== host) bytes += argument.bytes;
  return bytes;
}

function idealMakespan(jobs: readonly Job[], { hosts, cores }: ClusterShape): number {
  let work = 0;
  let longest = 0;
  const chains: number[] = [];
  for (const { ms, after } of jobs) {
    work += ms;
    const chain = ms + after.reduce((before, other) => Math.max(before, chains[other]!), 0);
    chains.push(chain);
    longest = Math.max(longest, chain);
  }
  return Math.max(work / (hosts * cores), longest);
}
