import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { isProcessAlive, processIdentity, runtimeDirectory } from "@troupe/core";

/** What `troupe start` runs on this machine: one process. */
export interface Running {
  readonly kind: "head" | "host";
  readonly pid: number;
  /** Tells it from a later process with that pid. */
  readonly startTime: number;
  /** Of the cluster. */
  readonly address: string;
  /** Of the cluster; the file is readable by this user alone. */
  readonly key: string;
}

const pattern = /^start\.\d+\.json$/;

/** Lets other commands of this machine find this process. @returns Takes that back. */
export function announce(running: Pick<Running, "kind" | "address" | "key">): () => void {
  const { pid, startTime } = processIdentity();
  const path = join(runtimeDirectory(), `start.${pid}.json`);
  writeFileSync(path, JSON.stringify({ ...running, pid, startTime } satisfies Running), { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

/** What runs on this machine, heads first. Forgets what has ended without a word. */
export function findRunning(): Running[] {
  const directory = runtimeDirectory();
  const found: Running[] = [];
  for (const name of readdirSync(directory).filter((name) => pattern.test(name))) {
    const path = join(directory, name);
    const running = read(path);
    if (running && isProcessAlive(running)) found.push(running);
    else rmSync(path, { force: true });
  }
  return found.sort((a, b) => a.kind.localeCompare(b.kind) || a.pid - b.pid);
}

function read(path: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Running;
  } catch {
    return undefined;
  }
}
