/**
 * The program that pools run in which there are actors and tasks: a cluster is told of it by its URL.
 *
 * @module
 */
import { provideContext, serveActors } from "@troupe/actors";

import { TaskContext } from "./runner/task-context.js";
import { nameUnhandledErrors } from "./runner/unhandled-errors.js";
import { TaskRuntime } from "./runtime.js";
import { shared } from "./shared.js";

let tasks: TaskRuntime | undefined;

nameUnhandledErrors();
await serveActors({
  currentPath: () => tasks?.runner?.currentPath(),
  onNode: (node, actors, { cpu }) => {
    tasks = TaskRuntime.inPool(node, cpu);
    provideContext(() => {
      const run = shared.running.getStore();
      return run && new TaskContext(run, actors);
    });
  },
  onStop: () => tasks?.close(),
});
