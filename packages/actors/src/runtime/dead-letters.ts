import type { DeadLetter } from "@troupe/cluster";
import type { Logger } from "@troupe/core";

import { shared } from "../shared.js";

/** Letters of one second that are told of; the others are counted. */
const maxEachSecond = 1_000;
/** Milliseconds between two log lines about letters of a kind. */
const logInterval = 10_000;
/** Kinds of which it is known when they were logged. */
const maxKinds = 1_000;

/** Messages that reached nobody, or whose failure nobody waits for: told to the cluster, and logged now and then. */
export class DeadLetters {
  readonly #nextLog = new Map<string, number>();
  #second = 0;
  #told = 0;
  /** Letters that were not told of since the last log line. */
  #untold = 0;

  /** @param tell Must not throw. */
  constructor(
    private readonly tell: (letter: DeadLetter) => void,
    private readonly log: Logger,
  ) {}

  /** @param actor Its path, or its id where the path is not known. */
  add(actor: string | number, method: string, error: unknown): void {
    const now = performance.now();
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#told = 0;
    }
    // Those who are told are no part of the call that failed.
    if (++this.#told <= maxEachSecond) shared.running.run(undefined, this.tell, { actor, method, error });
    else this.#untold++;
    this.#logOf(actor, method, error, now);
  }

  #logOf(actor: string | number, method: string, error: unknown, now: number): void {
    const kind = `${method} ${(error as { code?: string } | undefined)?.code ?? ""}`;
    if ((this.#nextLog.get(kind) ?? 0) > now) return;
    if (this.#nextLog.size >= maxKinds) this.#nextLog.clear();
    this.#nextLog.set(kind, now + logInterval);
    this.log.warn(
      { err: error, actor, method, untold: this.#untold },
      "a message that nobody waits for failed",
    );
    this.#untold = 0;
  }
}
