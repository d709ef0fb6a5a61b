import type { Cell } from "../cell/cell.js";

/** The name under which an actor's state is kept for the one that comes later. */
export interface KeptAs {
  readonly name: string;
  /** The cluster's by default. */
  readonly namespace?: string;
}

/** Where in the cluster's store an actor is kept: by its name, or for as long as the cluster lasts. */
export async function keptAt({ runtime, record, keptAs }: Cell): Promise<string> {
  const { run, namespace } = await runtime.storage.terms;
  if (!keptAs) return `${run}/${record.id}`;
  return `name/${keptAs.namespace ?? namespace}/${keptAs.name}`;
}
