import { setFlagsFromString } from "node:v8";
import { isMainThread } from "node:worker_threads";

const option = "--max-inlined-bytecode-size-cumulative";
/** Bytes of bytecode that V8 inlines into one function, at most; 920 by its default. */
const limit = 3_000;

/**
 * Lets V8 inline the way of a message through a pool, from its packet to the method and back, which is longer than what V8
 * inlines by default (ADR 0007). A thread's process is its program's.
 */
export function inlineMore(): void {
  const isGiven = process.execArgv.some((argument) => argument.startsWith(option));
  if (isMainThread && !isGiven) setFlagsFromString(`${option}=${limit}`);
}
