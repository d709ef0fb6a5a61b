import { createRequire } from "node:module";

import type * as Pino from "pino";

import { TroupeError } from "./errors/troupe-error.js";

/** What Troupe's packages need of a logger. A pino logger is one; so is any object with these methods. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/**
 * The logger used where none is given: pino, JSON lines on standard error.
 *
 * Level from `TROUPE_LOG` (`debug`, `info`, `warn`, `error`, `silent`); `warn` by default.
 *
 * @throws ERR_CONFIG when `TROUPE_LOG` is no level.
 */
export function defaultLogger(): Logger {
  return (shared ??= lazyLogger(configuredLevel()));
}

let shared: Logger | undefined;

/** Pino takes longer to load than a process needs to start, and most of them never write a line. */
function lazyLogger(level: string): Logger {
  const least = levels.indexOf(level);
  let logger: Logger | undefined;
  const line =
    (name: keyof Logger) =>
    (fields: object, message: string): void => {
      if (levels.indexOf(name) >= least) (logger ??= openPino(level))[name](fields, message);
    };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

function openPino(level: string): Logger {
  const { pino } = createRequire(import.meta.url)("pino") as typeof Pino;
  return pino({ name: "troupe", level }, pino.destination({ fd: 2, sync: true }));
}

function configuredLevel(): string {
  const level = process.env["TROUPE_LOG"] || "warn";
  if (levels.includes(level)) return level;
  throw new TroupeError("ERR_CONFIG", `TROUPE_LOG is "${level}"; it must be one of ${levels.join(", ")}.`);
}
