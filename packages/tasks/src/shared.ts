import { AsyncLocalStorage } from "node:async_hooks";

import type { TaskDefinition } from "./definition/definition.js";
import type { Run } from "./runner/run.js";
import type { TaskRuntime } from "./runtime.js";

/** What all copies of this package in one process have in common. */
interface Shared {
  /** By module and name. */
  readonly definitions: Map<string, TaskDefinition>;
  /** The run of a task that runs, and what it started. */
  readonly running: AsyncLocalStorage<Run | undefined>;
  /** Runtimes that are open, the latest last. */
  readonly runtimes: TaskRuntime[];
  /** Whether this is a thread of a pool, where nothing is but functions. */
  isThread: boolean;
  /** Those of this process who wait for an object. */
  waiting: number;
  stopCounting: (() => void) | undefined;
  /** Opens a cluster for a task that was submitted while there is none. */
  open: (() => Promise<TaskRuntime>) | undefined;
  /** ... and the one that is being opened. */
  opening: Promise<TaskRuntime> | undefined;
}

const key = Symbol.for("troupe.tasks");

export const shared: Shared = ((globalThis as { [key]?: Shared })[key] ??= {
  definitions: new Map(),
  running: new AsyncLocalStorage<Run | undefined>(),
  runtimes: [],
  isThread: false,
  waiting: 0,
  stopCounting: undefined,
  open: undefined,
  opening: undefined,
});
