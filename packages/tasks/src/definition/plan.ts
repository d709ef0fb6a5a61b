import type { TaskNeeds } from "../schedule/amounts.js";
import type { Scheduling } from "../schedule/task.js";
import { addressOf, type TaskDefinition } from "./definition.js";
import { type RetryRule, schedulingOf, type TaskOptions } from "./task-options.js";

/** How the runs of a task go, by its definition's options and those of `with()`. Shared by all its submissions. */
export interface TaskPlan {
  readonly definition: TaskDefinition;
  readonly name: string;
  /** Names it among all functions. */
  readonly address: string;
  /** What the scheduler heeds. */
  readonly needs: TaskNeeds;
  readonly scheduling: Scheduling;
  /** What is taken from the resources that tasks and actors share, if anything. */
  readonly shared: SharedNeeds | undefined;
  readonly retries: number;
  readonly retryOn: readonly RetryRule[];
  readonly timeout: number | undefined;
  readonly returns: number | undefined;
  readonly isThread: boolean;
}

/** What is taken from the resources that tasks and actors share. */
export interface SharedNeeds {
  readonly gpu?: number;
  readonly memory?: number | string;
  readonly resources?: Readonly<Record<string, number>>;
}

/** What most tasks need: one object for all, as the scheduler is quickest with what it knows. */
const cores = new Map<number, TaskNeeds>();

export function planOf(definition: TaskDefinition, options: TaskOptions): TaskPlan {
  const { cpu = 1, retryOn = [], timeout = Infinity } = options;
  return {
    definition,
    name: definition.name,
    address: addressOf(definition.module ?? "", definition.name),
    needs: needsOf(cpu),
    scheduling: schedulingOf(options.scheduling),
    shared: sharedNeeds(options),
    retries: options.retries ?? 0,
    retryOn: [retryOn].flat(),
    timeout: timeout === Infinity ? undefined : timeout,
    returns: options.returns,
    isThread: options.isolation === "thread",
  };
}

export function needsOf(cpu: number): TaskNeeds {
  let needs = cores.get(cpu);
  if (!needs) {
    needs = { cpu, gpu: 0, memory: 0, resources: {} };
    if (cores.size < 1_000) cores.set(cpu, needs);
  }
  return needs;
}

function sharedNeeds({ gpu = 0, memory = 0, resources = {} }: TaskOptions): SharedNeeds | undefined {
  const needs = {
    ...(gpu === 0 ? {} : { gpu }),
    ...(memory === 0 ? {} : { memory }),
    ...(Object.values(resources).every((amount) => amount === 0) ? {} : { resources }),
  };
  return Object.keys(needs).length === 0 ? undefined : needs;
}
