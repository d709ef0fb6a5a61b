import { type AnyFunction, defineTask, openTasksWith, type Task, type TaskOptions } from "@troupe/tasks";

import { openForTasks } from "./cluster/open-clusters.js";
import { assertImportable } from "./module/importable.js";
import { definingModule } from "./module/defining-module.js";

/** Options of `task()`. */
export interface TaskFunctionOptions extends TaskOptions {
  /**
   * Where pools find the function, when that is not the module that calls `task()`: a URL, a path from that module, or
   * the name of a package that exports it.
   */
  readonly module?: string | undefined;
}

/**
 * Makes a task of a function: called it runs here, as ever; submitted it runs in a pool, and its result is an object.
 *
 * ```ts
 * export const add = task(function add(a: number, b: number) { return a + b; }, import.meta, { retries: 3 });
 *
 * const sum = add.submit(add.submit(1, 2), 3); // a ref, which as an argument is its value
 * await get(sum); // 6
 * for await (const square of squareOf.map([1, 2, 3])) console.log(square);
 * ```
 *
 * Pools import the module and find the function by its name: it is to be made a task when the module is loaded.
 * `import.meta` says which module that is, and without it the stack does.
 *
 * @throws ERR_CONFIG for what is no function, for one without a name, and for options that are wrong; ERR_MODULE for a
 *   package that cannot be found
 */
export function task<F extends AnyFunction, const O extends TaskFunctionOptions = TaskFunctionOptions>(
  fn: F,
  options?: O,
): Task<F, O>;
export function task<F extends AnyFunction, const O extends TaskFunctionOptions = TaskFunctionOptions>(
  fn: F,
  meta: ImportMeta,
  options?: O,
): Task<F, O>;
export function task(fn: AnyFunction, second: object = {}, third: object = {}): AnyFunction {
  const meta = isImportMeta(second) ? second : undefined;
  const { module: given, ...options } = (meta ? third : second) as TaskFunctionOptions;
  const { url: module } = definingModule(meta, given);
  openTasksWith(openForTasks);
  return defineTask(fn, { module, options, assertImportable });
}

function isImportMeta(value: object): value is ImportMeta {
  return typeof (value as Partial<ImportMeta>).url === "string";
}
