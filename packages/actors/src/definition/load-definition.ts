import { TroupeError } from "@troupe/core";

import { shared } from "../shared.js";
import { type ActorClass, type ActorDefinition, defineActor } from "./definition.js";

/** Imports under way and done, so that many actors of a class cost one. */
const imports = new Map<string, Promise<object>>();

/**
 * Imports the module of a class and finds its definition: the one that the module made, else what it exports by that
 * name.
 *
 * @param pool This process, for the message.
 * @throws ERR_MODULE when the module cannot be imported, with the cause, or has nothing of that name.
 */
export async function loadDefinition(module: string, name: string, pool: string): Promise<ActorDefinition> {
  const exported = await importOnce(module, pool);
  const definition = shared.definitions.at(module, name);
  if (definition) return definition;
  const target = exportedAs(name, exported);
  if (target) return defineActor(target, { module, name });
  throw new TroupeError(
    "ERR_MODULE",
    `${pool} imported ${module}, which neither defines nor exports "${name}"; does it do so only under some condition?`,
    { details: { module, class: name, pool } },
  );
}

/** By that name, or under another one; a CommonJS module's exports are those of its default as well. */
function exportedAs(name: string, exported: object): ActorClass | undefined {
  const { default: fallback } = exported as { default?: unknown };
  const all = [exported, ...(typeof fallback === "object" && fallback ? [fallback] : [])];
  const named = all.map((exports) => (exports as Record<string, unknown>)[name]);
  const others = all.flatMap((exports) => Object.values(exports) as unknown[]);
  return [...named, ...others.filter((value) => (value as ActorClass | undefined)?.name === name)].find(
    (value): value is ActorClass => typeof value === "function",
  );
}

function importOnce(module: string, pool: string): Promise<object> {
  const known = imports.get(module);
  if (known) return known;
  // What is imported for an actor is no part of the call that asked for it.
  const imported = shared.running.exit(() => importModule(module, pool));
  imports.set(module, imported);
  imported.catch(() => imports.delete(module));
  return imported;
}

async function importModule(module: string, pool: string): Promise<object> {
  shared.importing++;
  try {
    return (await import(module)) as object;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new TroupeError("ERR_MODULE", `${pool} cannot import ${module}: ${text}`, {
      cause: error,
      details: { module, pool },
    });
  } finally {
    shared.importing--;
  }
}
