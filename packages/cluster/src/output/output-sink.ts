import { defaultLogger, type Logger } from "@troupe/core";

import type { OutputStream } from "../agent/channel.js";

/** A line that a pool wrote. */
export interface OutputLine {
  /** Path of the actor that wrote it; the pool's name when it was none. */
  readonly path: string;
  readonly pool: string;
  /** Name of the machine in the cluster. */
  readonly host: string;
  readonly pid: number;
  readonly stream: OutputStream;
  /** Without its end; a line of more than 65,536 characters comes as several. */
  readonly text: string;
}

/**
 * Where the lines that pools write go: nowhere (`false`), to a logger (standard error as warnings), or to a
 * function, which gets each as `(path pid=123) text`; from another machine as `(path pid=123 host=host-1) text`. By
 * default to the same stream of this process.
 */
export type OutputLog = false | Logger | ((line: string, from: OutputLine) => void) | undefined;

/** Gives a line away. `false` asks to stop reading until `onDrain`. */
export type OutputSink = (line: OutputLine) => boolean;

/**
 * @param home The machine that need not be named.
 * @param onDrain There is room again.
 */
export function outputSink(log: OutputLog, home: string, onDrain: () => void): OutputSink {
  const labelled = ({ path, pid, host, text }: OutputLine) =>
    `(${path} pid=${pid}${host === home ? "" : ` host=${host}`}) ${text}`;
  if (log === false) return () => true;
  if (typeof log === "function") {
    return (line) => {
      log(labelled(line), line);
      return true;
    };
  }
  if (log) {
    return ({ text, ...from }) => {
      if (from.stream === "stderr") log.warn(from, text);
      else log.info(from, text);
      return true;
    };
  }
  const full = new Set<OutputStream>();
  return (line) => {
    const stream = process[line.stream];
    if (stream.write(`${labelled(line)}\n`)) return true;
    if (full.has(line.stream)) return false;
    full.add(line.stream);
    stream.once("drain", () => {
      full.delete(line.stream);
      if (full.size === 0) onDrain();
    });
    return false;
  };
}

/** For a cluster that is to say nothing. */
const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Where a cluster says what it has to say itself. */
export function loggerOf(output: OutputLog): Logger {
  if (output === false) return silentLogger;
  return typeof output === "object" ? output : defaultLogger();
}
