import { pino } from "pino";

/** What Troupe's packages need of a logger. A pino logger is one; so is any object with these methods. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * The logger used where none is given: pino, JSON lines on standard error.
 *
 * Level from `TROUPE_LOG` (`debug`, `info`, `warn`, `error`, `silent`); `warn` by default.
 */
export function defaultLogger(): Logger {
  return (shared ??= pino(
    { name: "troupe", level: process.env["TROUPE_LOG"] ?? "warn" },
    pino.destination({ fd: 2, sync: true }),
  ));
}

let shared: Logger | undefined;
