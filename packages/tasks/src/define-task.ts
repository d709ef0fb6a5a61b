import {
  addDefinition,
  type AnyFunction,
  type DefineTaskOptions,
  type TaskDefinition,
} from "./definition/definition.js";
import { planOf } from "./definition/plan.js";
import { checkTaskOptions, type TaskOptions } from "./definition/task-options.js";
import { mapTask } from "./submit/map.js";
import { submit, submitStream } from "./submit/submit.js";
import type { TaskMapOptions, Task } from "./types.js";

/**
 * Makes a task of a function: one that pools can run as well. They import its module and find it there, by its name,
 * so it is to be made when that module is loaded.
 *
 * @throws ERR_CONFIG for what is no function, for one without a name, and for options that are wrong
 */
export function defineTask<F extends AnyFunction, const O extends TaskOptions = TaskOptions>(
  fn: F,
  told: Omit<DefineTaskOptions, "options"> & { readonly options?: O | undefined } = {},
): Task<F, O> {
  const definition = addDefinition(fn, told);
  return taskOf(definition, definition.options) as Task<F, O>;
}

/** On each function that is a task. */
const isTask = Symbol.for("troupe.task");

/** Gives the function what a task has; one that has it already, with other options, stays as it is beside the new one. */
function taskOf(definition: TaskDefinition, options: TaskOptions): AnyFunction {
  const { fn, name } = definition;
  const plan = planOf(definition, options);
  const members = {
    [isTask]: true,
    submit(...args: unknown[]): unknown {
      if (definition.isStream) return submitStream(plan, args);
      const refs = submit(plan, args).handOver();
      return plan.returns === undefined ? refs[0] : refs;
    },
    map: (items: Iterable<unknown> | AsyncIterable<unknown>, of?: TaskMapOptions) => mapTask(plan, items, of),
    with: (own: TaskOptions) => taskOf(definition, { ...options, ...checkTaskOptions(name, own) }),
  };
  // The function itself, so that it is a task by its own name within itself, too.
  const target = isTask in fn || !Object.isExtensible(fn) ? standIn(fn) : fn;
  for (const key of Reflect.ownKeys(members) as (keyof typeof members)[])
    Object.defineProperty(target, key, { value: members[key], configurable: true });
  return target;
}

function standIn(fn: AnyFunction): AnyFunction {
  function task(this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(fn, this, args);
  }
  for (const key of ["name", "length"] as const)
    Object.defineProperty(task, key, { value: fn[key], configurable: true });
  return task;
}
