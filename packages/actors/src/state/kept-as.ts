import type { Cell } from "../cell/cell.js";

/** The name under which an actor's state is kept for the one that comes later. */
export interface KeptAs {
  readonly name: string;
  /** The cluster's by default. */
  readonly namespace?: string;
}

/** Whose state it is. */
type Keeper = Pick<Cell, "runtime" | "record" | "keptAs">;

/** Where in the cluster's store an actor's state is, with the replies that it remembers. */
export async function stateKey(keeper: Keeper): Promise<string> {
  return `actor/${await keptAt(keeper)}`;
}

/** Where its reminders are. */
export async function remindersKey(keeper: Keeper): Promise<string> {
  return `reminders/${await keptAt(keeper)}`;
}

/** Removes what is kept of an actor. @throws What the storage throws. */
export async function forgetKept(keeper: Keeper): Promise<void> {
  const keys = await Promise.all([stateKey(keeper), remindersKey(keeper)]);
  await keeper.runtime.storage.use((storage) => Promise.all(keys.map((key) => storage.delete(key))));
}

/** By its name, or for as long as the cluster lasts. */
async function keptAt({ runtime, record, keptAs }: Keeper): Promise<string> {
  const { run, namespace } = await runtime.storage.terms;
  if (!keptAs) return `${run}/${record.id}`;
  return `name/${keptAs.namespace ?? namespace}/${keptAs.name}`;
}
