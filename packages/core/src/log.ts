import { pino } from "pino";

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
  return (shared ??= pino(
    { name: "troupe", level: configuredLevel() },
    pino.destination({ fd: 2, sync: true }),
  ));
}

let shared: Logger | undefined;

function configuredLevel(): string {
  const level = process.env["TROUPE_LOG"] || "warn";
  if (levels.includes(level)) return level;
  throw new TroupeError("ERR_CONFIG", `TROUPE_LOG is "${level}"; it must be one of ${levels.join(", ")}.`);
}
