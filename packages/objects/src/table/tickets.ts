import type { Destination } from "@troupe/core";

import type { Known } from "./known.js";

/** Milliseconds after which a reference on its way counts as lost: the message was never sent, or nobody reads it. */
const ticketLife = 10 * 60_000;

interface Held {
  readonly known: Known;
  /** Who is to get it. */
  readonly to: Destination | undefined;
  readonly expires: number;
}

/** References on their way from this process to others. Each holds its object until whoever gets it says so. */
export class Tickets {
  /** By number, the oldest first. */
  readonly #held = new Map<number, Held>();
  #last = 0;
  #isSweeping = false;

  issue(known: Known, to?: Destination): number {
    known.hold();
    const ticket = ++this.#last;
    this.#held.set(ticket, { known, to, expires: performance.now() + ticketLife });
    this.#sweepLater(ticketLife);
    return ticket;
  }

  /** It has arrived. One that is not known has expired, or came twice. */
  end(ticket: number): void {
    const held = this.#held.get(ticket);
    if (held && this.#held.delete(ticket)) held.known.release();
  }

  /** Whoever was to get them is gone. */
  endOf(peer: string, transport: unknown): void {
    for (const [ticket, { to }] of this.#held)
      if (to?.peer === peer && to.transport === transport) this.end(ticket);
  }

  #sweepLater(delay: number): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    setTimeout(() => this.#sweep(), delay).unref();
  }

  #sweep(): void {
    this.#isSweeping = false;
    const now = performance.now();
    for (const [ticket, { expires }] of this.#held) {
      if (expires > now) return this.#sweepLater(expires - now);
      this.end(ticket);
    }
  }
}
