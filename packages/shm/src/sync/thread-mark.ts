import { readFileSync } from "node:fs";

/** Bits of a thread's id; Linux gives none that is larger. */
const idBits = 22;
/** Bits of its start time, so that a mark is positive and never 0. */
const startBits = 9;

let own: number | undefined;

/**
 * This thread in 31 bits, never 0: its id and the low part of its start time, which tells it from most later
 * threads of the same id.
 */
export function threadMark(): number {
  return (own ??= markOf(readFileSync("/proc/thread-self/stat", "utf8")));
}

/** Whether the thread of that mark, of any process of this pid namespace, still runs. */
export function isThreadAlive(mark: number): boolean {
  try {
    const stat = readFileSync(`/proc/${mark & ((1 << idBits) - 1)}/stat`, "utf8");
    return stateOf(stat) !== "Z" && stateOf(stat) !== "X" && markOf(stat) === mark;
  } catch {
    return false;
  }
}

/** Fields 1 (id) and 22 (start time) of `/proc/<id>/stat`, see proc(5). */
function markOf(stat: string): number {
  return parseInt(stat, 10) | ((Number(fieldsOf(stat)[19]) % (1 << startBits)) << idBits);
}

function stateOf(stat: string): string | undefined {
  return fieldsOf(stat)[0];
}

/** From field 3 on: the name before it, in parentheses, may hold any character. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
