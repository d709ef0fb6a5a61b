import { defaultLogger, type Logger, type Message } from "@troupe/core";

/**
 * A message that no handler takes.
 *
 * - `no-handler`: the table handles no message of this type.
 * - `not-matched`: it handles the type, but from other sources.
 * - `backlog-full`: an event holds as many such messages as it may. Other handlers may have taken the
 *   message; it is lost for this event only.
 */
export interface DeadLetter {
  readonly reason: "no-handler" | "not-matched" | "backlog-full";
  readonly message: Message;
  /** The event whose backlog is full. */
  readonly event?: string;
}

/** Different warnings given, at most: message types come from peers, and they may make up any number. */
const maxWarnings = 1024;

/** Reports dead letters: each to the callback, and to the log once a type (once an event that is full). */
export class DeadLetters {
  readonly #warned = new Set<string>();

  constructor(
    private readonly onDeadLetter: ((letter: DeadLetter) => void) | undefined,
    private readonly logger: Logger | undefined,
  ) {}

  report(letter: DeadLetter): void {
    this.#warn(letter);
    this.onDeadLetter?.(letter);
  }

  #warn({ reason, message, event }: DeadLetter): void {
    const key = event === undefined ? `${reason}\n${message.type}` : `event\n${event}`;
    if (this.#warned.has(key) || this.#warned.size > maxWarnings) return;
    this.#warned.add(key);
    const logger = this.logger ?? defaultLogger();
    if (this.#warned.size > maxWarnings) {
      logger.warn({ limit: maxWarnings }, "too many kinds of dead letters: no further kind is logged");
      return;
    }
    const { type, source } = message;
    logger.warn({ type, source, reason, ...(event === undefined ? {} : { event }) }, explain(reason));
  }
}

function explain(reason: DeadLetter["reason"]): string {
  switch (reason) {
    case "no-handler":
      return "no handler for messages of this type: they go to dead letters; register one with on()";
    case "not-matched":
      return "messages of this type are handled, but not from this source: it goes to dead letters";
    case "backlog-full":
      return "an event holds as many messages as it may: further ones go to dead letters; raise pendingLimit or lower its amounts";
  }
}
