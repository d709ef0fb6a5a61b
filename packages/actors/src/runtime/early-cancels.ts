import { Recent } from "@troupe/core";

/** Cancels of one process that are remembered, at least. */
const maxEarly = 16_384;

/**
 * Cancels that came before what they are for: they go before messages, and wait for no credit. Those that came when it
 * was over already are among them, and are forgotten in time.
 */
export class EarlyCancels {
  readonly #ids = new Map<string, Recent<number, true>>();

  add(from: string, id: number): void {
    let ids = this.#ids.get(from);
    if (!ids) this.#ids.set(from, (ids = new Recent<number, true>(maxEarly)));
    ids.set(id, true);
  }

  /** Whether a message that arrives now was cancelled. */
  has(from: string, id: number): boolean {
    return this.#ids.get(from)?.get(id) ?? false;
  }

  /** The process is gone. */
  forget(from: string): void {
    this.#ids.delete(from);
  }
}
