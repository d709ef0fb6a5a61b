/**
 * The program that pools run in which there are actors and tasks: a cluster is told of it by its URL.
 *
 * @module
 */
import { provideContext, serveActors } from "@troupe/actors";

import type { Run } from "./runner/run.js";
import { TaskContext } from "./runner/task-context.js";
import { nameUnhandledErrors } from "./runner/unhandled-errors.js";
import { TaskRuntime } from "./runtime.js";
import { shared } from "./shared.js";

let tasks: TaskRuntime | undefined;

/** One for each run: by it a task is known from others when it sends messages. */
const contexts = new WeakMap<Run, TaskContext>();

nameUnhandledErrors();
await serveActors({
  currentPath: () => tasks?.runner?.currentPath(),
  onNode: (node, actors, { cpu }) => {
    tasks = TaskRuntime.inPool(node, cpu);
    provideContext(() => {
      const run = shared.running.getStore();
      if (!run) return undefined;
      let context = contexts.get(run);
      if (!context) contexts.set(run, (context = new TaskContext(run, actors)));
      return context;
    });
  },
  onStop: () => tasks?.close(),
});
