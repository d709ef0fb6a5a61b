import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** V8's own, which is there in contexts that are made after the flag. */
let gc: (() => void) | undefined;

/** Collects the garbage of this process; resolves when what was held by it has been given back. */
export async function collectGarbage(): Promise<void> {
  if (!gc) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
  }
  gc();
  // What a collected object lets go of goes in a turn of its own.
  for (let turn = 0; turn < 3; turn++) await setImmediate();
}
