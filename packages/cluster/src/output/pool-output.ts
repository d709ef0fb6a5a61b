import { writeSync } from "node:fs";
import { Writable } from "node:stream";

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
  Object.defineProperty(process, name, { configurable: true, enumerable: true, value: stream });
}
