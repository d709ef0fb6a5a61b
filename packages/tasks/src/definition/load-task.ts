import { TroupeError } from "@troupe/core";

import { shared } from "../shared.js";
import { addressOf, type AnyFunction } from "./definition.js";

/** Functions by the address at which messages name them; a promise while their module is being imported. */
const loaded = new Map<string, AnyFunction | Promise<AnyFunction>>();

/**
 * Imports the module of a function, once, and finds it: the one that the module made a task of, else what it exports by
 * that name.
 *
 * @param where This process, for the message.
 * @throws ERR_MODULE when the module cannot be imported, with the cause, or has no function of that name.
 */
export function loadTask(module: string, name: string, where: string): AnyFunction | Promise<AnyFunction> {
  const address = addressOf(module, name);
  const known = loaded.get(address);
  if (known) return known;
  // What is imported for a task is no part of the one that asked for it.
  const loading = shared.running.exit(() => load(module, name, where));
  loaded.set(address, loading);
  loading.then(
    (fn) => loaded.set(address, fn),
    () => loaded.delete(address),
  );
  return loading;
}

async function load(module: string, name: string, where: string): Promise<AnyFunction> {
  const exported = await importModule(module, where);
  const fn = shared.definitions.get(addressOf(module, name))?.fn ?? exportedAs(name, exported);
  if (fn) return fn;
  throw new TroupeError(
    "ERR_MODULE",
    `${where} imported ${module}, which neither makes a task of a function "${name}" nor exports one. Pools see what a module does when it is loaded: a function that is made later, within another one, is not there, nor are the variables around it; pass what it needs as arguments.`,
    { details: { module, task: name, pool: where } },
  );
}

async function importModule(module: string, where: string): Promise<object> {
  try {
    return (await import(module)) as object;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new TroupeError("ERR_MODULE", `${where} cannot import ${module}: ${text}`, {
      cause: error,
      details: { module, pool: where },
    });
  }
}

/** A CommonJS module's exports are those of its default as well. */
function exportedAs(name: string, exported: object): AnyFunction | undefined {
  const { default: fallback } = exported as { default?: unknown };
  const all = [exported, ...(typeof fallback === "object" && fallback ? [fallback] : [])];
  const candidates = all.flatMap((exports) => [
    (exports as Record<string, unknown>)[name],
    ...(Object.values(exports) as unknown[]).filter(
      (value) => (value as AnyFunction | undefined)?.name === name,
    ),
  ]);
  return candidates.find((value): value is AnyFunction => typeof value === "function");
}
