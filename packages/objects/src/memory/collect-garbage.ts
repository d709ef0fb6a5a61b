import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { createContext, runInContext, runInNewContext } from "node:vm";

import { dropCollected } from "./when-collected.js";

/** V8's own, which is there in contexts that are made after the flag. */
let gc: (() => void) | undefined;
/** Has a queue of microtasks of its own. */
let apart: object | undefined;

/** Collects the garbage of this process; resolves when what was held by it has been given back. */
export async function collectGarbage(): Promise<void> {
  collect();
  // What a collected object lets go of goes in a turn of its own.
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

/** Collects the garbage of this process; what views of objects held has been given back when it returns. */
export function collectGarbageNow(): void {
  // A `WeakRef` that was made or asked holds its target until there are no more microtasks, and a loop that awaits
  // nothing but what is there has no end of these. Another queue that comes to its end does as well.
  apart ??= createContext({}, { microtaskMode: "afterEvaluate" });
  runInContext("", apart);
  collect();
  dropCollected();
}

function collect(): void {
  if (!gc) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
  }
  gc();
}
