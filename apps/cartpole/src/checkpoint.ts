import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { openStorage, type ReplayBuffer } from "@troupe/dist";

import type { LearnerState } from "./algorithms/learner-state.js";
import type { Algorithm } from "./plan.js";
import type { History } from "./progress/history.js";

/** What it takes to go on where training was, beside the replay buffer. */
export interface Checkpoint {
  readonly algorithm: Algorithm;
  readonly seed: number;
  /** How often it was gone on with. */
  readonly resumed: number;
  readonly learner: LearnerState;
  readonly history: History;
}

const prefix = "checkpoint-";

/**
 * Keeps a checkpoint in a folder, and removes those before it. It is a folder of its own that gets its name when all of it
 * is on the disk: whenever this is killed, the newest that has its name is whole.
 */
export async function saveCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  replay?: ReplayBuffer,
): Promise<void> {
  const last = Number((await checkpointsIn(folder)).at(-1)?.slice(prefix.length) ?? 0);
  const name = `${prefix}${String(last + 1).padStart(6, "0")}`;
  const temporary = join(folder, `${name}.tmp`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const storage = await openStorage("memory:");
  await storage.put("checkpoint", checkpoint);
  await storage.save(join(temporary, "state"));
  await storage.close();
  await replay?.save(join(temporary, "replay"));
  await rename(temporary, join(folder, name));
  await removeCheckpoints(folder, name);
}

/** The newest checkpoint of a folder, if there is one. @throws ERR_SCHEMA when it is damaged */
export async function latestCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  const newest = (await checkpointsIn(folder)).at(-1);
  if (newest === undefined) return undefined;
  const storage = await openStorage("memory:");
  try {
    await storage.load(join(folder, newest, "state"));
    return await storage.get<Checkpoint>("checkpoint");
  } finally {
    await storage.close();
  }
}

/** Whether there is one in a folder. */
export async function hasCheckpoint(folder: string): Promise<boolean> {
  return (await checkpointsIn(folder)).length > 0;
}

/** Where the replay buffer of the newest checkpoint is. */
export async function latestReplay(folder: string): Promise<string> {
  return join(folder, (await checkpointsIn(folder)).at(-1)!, "replay");
}

/** Removes checkpoints, and what was begun of one. @param but The one that stays. */
export async function removeCheckpoints(folder: string, but?: string): Promise<void> {
  const names = (await filesIn(folder)).filter((name) => name.startsWith(prefix) && name !== but);
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function checkpointsIn(folder: string): Promise<string[]> {
  return (await filesIn(folder)).filter((name) => /^checkpoint-\d+$/.test(name)).sort();
}

async function filesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
}
