import { writeSync } from "node:fs";
import { Writable } from "node:stream";
import { isMainThread } from "node:worker_threads";

import { tag } from "./tag.js";

/** Writes text, and returns when it is written. */
export type Write = (text: string) => void;

/**
 * Writes to a pipe, and waits while it is full: a pool that writes faster than its output is read is slowed,
 * where the stream that Node makes of a pipe would keep all of it in memory, and lose it in a crash.
 */
export function blockingOutput(fd: number): Write {
  return (text) => {
    let rest = Buffer.from(text);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(fd, rest));
      } catch (error) {
        // Somebody made the pipe one that does not block.
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") Atomics.wait(pause, 0, 0, fullPause);
        // Nobody reads any more.
        else return;
      }
    }
  };
}

const pause = new Int32Array(new SharedArrayBuffer(4));
/** Milliseconds between two tries at a full pipe. */
const fullPause = 1;

/** Puts in the place of `process.stdout` or `process.stderr` a stream that says whose each text is. */
export function tagOutput(
  name: "stdout" | "stderr",
  write: Write,
  currentPath: () => string | undefined,
): void {
  let last = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const path = currentPath() ?? "";
      const text = typeof chunk === "string" ? chunk : chunk.toString();
      write(path === last ? text : tag(path) + text);
      last = path;
      done();
    },
  });
  Object.assign(stream, { fd: name === "stdout" ? 1 : 2 });
  keepCallbacks(process[name], stream);
  Object.defineProperty(process, name, { configurable: true, enumerable: true, value: stream });
}

/**
 * In a thread Node tells `process.stdout` and `process.stderr`, by methods under symbols of its own, that the process
 * has taken what they wrote: also after another stream has taken their place.
 */
function keepCallbacks(own: Writable, stream: Writable): void {
  if (isMainThread) return;
  for (let object: object | null = own; object; object = Object.getPrototypeOf(object) as object | null) {
    for (const symbol of Object.getOwnPropertySymbols(object)) {
      if (!symbol.description?.startsWith("kStdio") || symbol in stream) continue;
      const value: unknown = (own as unknown as Record<symbol, unknown>)[symbol];
      const kept: unknown = typeof value === "function" ? value.bind(own) : value;
      Object.defineProperty(stream, symbol, { value: kept });
    }
  }
}
