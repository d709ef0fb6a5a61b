import { armDeadline, isTroupeError, maxDelay, TroupeError, type WaitOptions } from "@troupe/core";

/** Milliseconds that a call waits for the registry where its options do not say. */
export const defaultTimeout = 10_000;

/**
 * The calls of one registry that are under way: each has its deadline and its signal, keeps the process
 * alive while it is awaited, and ends with ERR_CLOSED when the registry closes.
 */
export class Calls {
  readonly #running = new Set<AbortController>();
  #closed = false;

  /** @param trouble What to tell of the driver's state in a timeout. */
  constructor(
    private readonly url: string,
    private readonly trouble: () => string | undefined,
  ) {}

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws ERR_CLOSED */
  check(): void {
    if (this.#closed) throw closedError(this.url);
  }

  /**
   * Runs one call.
   *
   * @param what Names it in errors: `join of "pool"`.
   * @throws ERR_REGISTRY when time is over, ERR_CANCELLED, ERR_CLOSED, and what `run` rejects with.
   */
  async run<T>(what: string, options: WaitOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.check();
    const { signal, timeout = defaultTimeout } = options;
    const controller = new AbortController();
    const ended = new Promise<never>((_, reject) => {
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error));
    });
    this.#running.add(controller);
    // Drivers let go of the event loop; what keeps the process here is that somebody awaits this.
    const hold = setInterval(() => {}, maxDelay);
    const disarm = armDeadline(what, { signal, timeout }, (error) => {
      controller.abort(
        isTroupeError(error, "ERR_TIMEOUT") ? unanswered(this.url, what, timeout, this.trouble()) : error,
      );
    });
    try {
      // An aborted call is left to itself by some drivers, and then nobody may look at how it ends.
      return await Promise.race([ended, controller.signal.aborted ? ended : run(controller.signal)]);
    } finally {
      disarm();
      clearInterval(hold);
      this.#running.delete(controller);
    }
  }

  /** Ends all calls, and refuses later ones. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#running) controller.abort(closedError(this.url));
  }
}

/** The error for a registry that did not answer in time: where it looked, for how long, and what it met. */
export function unanswered(
  url: string,
  what: string,
  timeout: number,
  trouble: string | undefined,
): TroupeError {
  const reason = trouble === undefined ? "it did not answer" : trouble;
  return new TroupeError(
    "ERR_REGISTRY",
    `The registry at ${withoutPassword(url)} could not be reached for ${what} within ${timeout} ms: ${reason}. ` +
      `Check that it runs and that the address is right.`,
    { details: { url: withoutPassword(url), timeout, what } },
  );
}

/** A URL that may stand in logs and messages. */
export function withoutPassword(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/@:]*):[^/@]*@/, "$1:***@");
}

function closedError(url: string): TroupeError {
  return new TroupeError("ERR_CLOSED", `The registry ${withoutPassword(url)} is closed; open it again.`);
}
