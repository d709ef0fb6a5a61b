import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { createContext, runInContext } from "node:vm";

import { dropCollected } from "./when-collected.js";

/** A context with a queue of microtasks of its own, and with V8's `gc`, which those have that are made after the flag. */
interface Apart {
  readonly context: object;
  readonly gc: () => void;
}

let made: Apart | undefined;

/** Collects the garbage of this process; resolves when what was held by it has been given back. */
export async function collectGarbage(): Promise<void> {
  apart().gc();
  // What a collected object lets go of goes in a turn of its own.
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}

/** Collects the garbage of this process; what views of objects held has been given back when it returns. */
export function collectGarbageNow(): void {
  const { context, gc } = apart();
  // A `WeakRef` that was made or asked holds its target until there are no more microtasks, and a loop that awaits
  // nothing but what is there has no end of these. Another queue that comes to its end does as well.
  runInContext("", context);
  gc();
  dropCollected();
}

function apart(): Apart {
  if (made) return made;
  setFlagsFromString("--expose-gc");
  const context = createContext({}, { microtaskMode: "afterEvaluate" });
  return (made = { context, gc: runInContext("gc", context) as () => void });
}
