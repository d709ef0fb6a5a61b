import { armDeadline, type Deferred, deferred, TroupeError, type WaitOptions } from "@troupe/core";

import type { Directory } from "./directory.js";

/** How many living peers of each component are asked for. */
export type Needs = Readonly<Record<string, number>>;

/** Lets callers wait until a group has the peers that they need. */
export class Quorum {
  readonly #waiters = new Set<{ readonly needs: Needs; readonly met: Deferred<void> }>();

  constructor(private readonly directory: Directory) {}

  /** Whether the group has them now. */
  isMet(needs: Needs): boolean {
    return Object.keys(this.#missing(needs)).length === 0;
  }

  /** Waits until the group has them. @throws ERR_PEERS_MISSING naming who is missing, ERR_CANCELLED, ERR_CLOSED */
  async wait(needs: Needs, options: WaitOptions): Promise<void> {
    if (this.isMet(needs)) return;
    const waiter = { needs, met: deferred<void>() };
    this.#waiters.add(waiter);
    const disarm = armDeadline("waiting for peers", options, (error) => {
      waiter.met.reject(
        error.code === "ERR_TIMEOUT" ? this.#missingError(needs, options.timeout ?? 0) : error,
      );
    });
    try {
      await waiter.met.promise;
    } finally {
      disarm();
      this.#waiters.delete(waiter);
    }
  }

  /** To be called after every change of the directory. */
  check(): void {
    for (const { needs, met } of this.#waiters) if (this.isMet(needs)) met.resolve();
  }

  /** Ends all waits, each with an error of its own. */
  close(reason: () => TroupeError): void {
    for (const { met } of this.#waiters) met.reject(reason());
  }

  #missing(needs: Needs): Record<string, { needed: number; present: number }> {
    const missing: Record<string, { needed: number; present: number }> = {};
    for (const [component, needed] of Object.entries(needs)) {
      const present = this.directory.names(component).length;
      if (present < needed) missing[component] = { needed, present };
    }
    return missing;
  }

  #missingError(needs: Needs, timeout: number): TroupeError {
    const missing = this.#missing(needs);
    const list = Object.entries(missing)
      .map(([component, { needed, present }]) => `${needed - present} of ${needed} "${component}"`)
      .join(", ");
    return new TroupeError(
      "ERR_PEERS_MISSING",
      `After ${timeout} ms the group still misses ${list}. Start them with the same group and registry, or lower peers or minPeers.`,
      { details: { missing, timeout } },
    );
  }
}
