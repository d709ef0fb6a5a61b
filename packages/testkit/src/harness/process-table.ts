import { readdirSync, readFileSync } from "node:fs";

/** A process as the kernel lists it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** One letter, see proc(5): `R`, `S`, `D`, `T` stopped, `Z` ended and not yet reaped. */
  readonly state: string;
  readonly command: string;
}

/** All processes of this machine; none on a platform without `/proc`. */
function processes(): ListedProcess[] {
  return entriesOf("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Those among the living that descend from `ancestor`. */
export function descendantsOf(ancestor: number): ListedProcess[] {
  const all = processes();
  const found = new Map<number, ListedProcess>();
  const queue = [ancestor];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const candidate of all) {
      if (candidate.parent !== pid || found.has(candidate.pid)) continue;
      found.set(candidate.pid, candidate);
      queue.push(candidate.pid);
    }
  }
  return [...found.values()].filter(isRunning);
}

/** Whether a process is a child of `ancestor`, or a child of its children; not when a parent between them is gone. */
export function descendsFrom(ancestor: number, pid: number): boolean {
  for (let at = readStat(`/proc/${pid}/stat`); at !== undefined; at = readStat(`/proc/${at.parent}/stat`)) {
    if (at.parent === ancestor) return true;
  }
  return false;
}

/** Clock ticks after boot at which a process started, which tells it from a later one of its pid. */
export function startTimeOf(pid: number): number | undefined {
  return readStat(`/proc/${pid}/stat`)?.startTime;
}

/**
 * Those among the living whose environment has `value` in it. Unlike the parent's pid, the environment
 * also tells where an orphan came from.
 */
export function processesWithEnvironment(value: string): ListedProcess[] {
  return processes().filter(
    ({ pid }) => pid !== process.pid && (textOf(`/proc/${pid}/environ`)?.includes(value) ?? false),
  );
}

/**
 * States of all threads of a process; empty when it is gone or the platform does not say.
 *
 * A signal that stops a process reaches its threads one after the other.
 */
export function threadStates(pid: number): string[] {
  return entriesOf(`/proc/${pid}/task`).flatMap(
    (thread) => readStat(`/proc/${pid}/task/${thread}/stat`)?.state ?? [],
  );
}

/** Paths of the unix sockets that live processes have bound below `directory`. */
export function socketsBelow(directory: string): string[] {
  const lines = textOf("/proc/net/unix")?.split("\n") ?? [];
  const paths = lines.flatMap((line) => {
    const start = line.indexOf(` ${directory}/`);
    return start === -1 ? [] : line.slice(start + 1);
  });
  return [...new Set(paths)];
}

function isRunning({ state }: ListedProcess): boolean {
  return state !== "Z" && state !== "X";
}

function readProcess(pid: number): ListedProcess | undefined {
  const stat = readStat(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const { name, state, parent } = stat;
  const command = textOf(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim();
  return { pid, parent, state, command: command || name };
}

function readStat(
  path: string,
): { name: string; state: string; parent: number; startTime: number } | undefined {
  const text = textOf(path);
  if (text === undefined) return undefined;
  // The name, field 2, is in parentheses and may hold any character; 3 is the state, 4 the parent, 22 the start time.
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  const [state = "", parent = "0"] = fields;
  return {
    name: text.slice(text.indexOf("(") + 1, end),
    state,
    parent: Number(parent),
    startTime: Number(fields[19] ?? 0),
  };
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
