import { get, init, type ObjectRef, wait } from "@troupe/dist";
import { SingleBar } from "cli-progress";

import { portions, read, type TextFile } from "./pieces.js";
import { map, reduce } from "./tasks.js";
import { countInto, type Counts, top } from "./words.js";

/** What to run. */
export interface Plan {
  readonly files: readonly TextFile[];
  readonly pools: number;
  /** Words in the table. */
  readonly top: number;
  /** Bytes for a map task. */
  readonly portion: number;
  /** Whether it is counted once more in this process, and compared. */
  readonly check: boolean;
  readonly signal: AbortSignal;
}

/** Counts the words of files over pools; says whether that is what one process counts. */
export async function run(plan: Plan): Promise<boolean> {
  const { files } = plan;
  const bytes = files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  console.log(`${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, ${plan.pools} pools`);
  const lists = portions(files, plan.portion);
  const started = performance.now();
  const parts = await count(lists, plan);
  console.log(`counted in ${((performance.now() - started) / 1000).toFixed(2)} s`);

  const rows = top(
    parts.flatMap((part) => top(part, plan.top)),
    plan.top,
  );
  const width = Math.max(...rows.map(([word]) => word.length));
  for (const [word, times] of rows) console.log(`${word.padEnd(width)}  ${times}`);
  const words = parts.reduce((sum, { size }) => sum + size, 0);
  const total = parts.reduce((sum, part) => [...part.values()].reduce((a, b) => a + b, sum), 0);
  console.log(`${total} words, ${words} different ones`);
  if (!plan.check || plan.signal.aborted) return true;

  const alone = performance.now();
  const expected: Counts = new Map();
  for (const piece of lists.flat()) countInto(expected, await read(piece));
  const isSame =
    expected.size === words &&
    parts.every((part) => [...part].every(([word, n]) => expected.get(word) === n));
  const seconds = ((performance.now() - alone) / 1000).toFixed(2);
  console.log(isSame ? `the same as one process counts, in ${seconds} s` : "NOT what one process counts");
  return isSame;
}

/** Map, shuffle, reduce: each reduce task gets one part of the result of each map task, by reference. */
async function count(lists: readonly Parameters<typeof map>[0][], plan: Plan): Promise<Counts[]> {
  await using _cluster = await init({ pools: plan.pools });
  const parts = plan.pools;
  const mapped = lists.map((list) => map.with({ returns: parts }).submit(list, parts));
  const reduced = Array.from({ length: parts }, (_, part) =>
    reduce.submit(...mapped.map((refs) => refs[part]!)),
  );
  const bar = new SingleBar({
    format: "counting |{bar}| {value}/{total} portions, {eta_formatted} to go",
    noTTYOutput: true,
    notTTYSchedule: 1000,
    hideCursor: true,
  });
  bar.start(lists.length, 0);
  try {
    // The first part of each comes with the others.
    let pending: ObjectRef[] = mapped.map(([first]) => first!);
    while (pending.length > 0) {
      const outcome = await wait(pending, { signal: plan.signal });
      ({ pending } = outcome);
      bar.increment(outcome.ready.length);
    }
    return await get(reduced, { signal: plan.signal });
  } finally {
    bar.stop();
  }
}
