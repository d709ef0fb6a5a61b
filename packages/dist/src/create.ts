import { type CreateOptions, definitionOf, type Remote } from "@troupe/actors";

import { create as createOf } from "./actor/create.js";

/**
 * Makes an actor of a class that was given to `dist()`: the typed way for a decorated one, whose type no decorator
 * can change.
 *
 * ```ts
 * @dist({ mailbox: 100 })
 * export class Worker { … }
 *
 * const worker = await create(Worker, ["first"]);
 * ```
 *
 * @param options In place of what the class says.
 * @throws as `Class.create`
 */
export async function create<A extends unknown[], T extends object>(
  Class: new (...args: A) => T,
  args?: NoInfer<A>,
  options?: CreateOptions,
): Promise<Remote<T>> {
  return (await createOf(definitionOf(Class), args ?? [], options)) as Remote<T>;
}
