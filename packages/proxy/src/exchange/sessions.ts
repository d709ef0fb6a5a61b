import { RecentMap } from "../recent-map.js";

/** One message of a session of ours that may be answered. */
export interface Sent {
  readonly id: number;
  /** The peer that it was sent to; {@link nobody} once that has left. */
  readonly destination: string;
}

/** Sessions remembered, so that their replies can be collected later. A power of two. */
const remembered = 16_384;
/** Destination of a message that nobody will answer any more. No member's name. */
export const nobody = "";
/** Messages remembered of one session: the latest. */
const rememberedOfOne = 65_536;

/**
 * What was sent under which session, for the latest sessions only: {@link Proxy.collect} looks here to
 * know whose replies to wait for.
 *
 * A session opened by one message, the common case, is three stores into a ring.
 */
export class Sessions {
  readonly #names = new Array<string | undefined>(remembered).fill(undefined);
  readonly #ids = new Float64Array(remembered);
  readonly #destinations = new Array<string>(remembered).fill("");
  /** Sessions of several messages. */
  readonly #several = new RecentMap<string, Sent[]>(remembered);
  #next = 0;

  /** Notes a session with its first message. */
  open(session: string, id: number, destination: string): void {
    const slot = this.#next++ & (remembered - 1);
    this.#names[slot] = session;
    this.#ids[slot] = id;
    this.#destinations[slot] = destination;
  }

  /** Notes further messages of a session. */
  add(session: string, sent: readonly Sent[]): void {
    const known = this.#several.get(session) ?? this.lookup(session)?.slice() ?? [];
    for (const message of sent) known.push(message);
    // Half at once: a session without end then costs no more than one with an end.
    if (known.length > rememberedOfOne) known.splice(0, known.length - rememberedOfOne / 2);
    this.#several.set(session, known);
  }

  /** What was sent under the session, `undefined` when it is unknown or forgotten. Linear in what is remembered. */
  lookup(session: string): readonly Sent[] | undefined {
    const several = this.#several.get(session);
    if (several) return [...several];
    const slot = this.#names.indexOf(session);
    return slot < 0
      ? undefined
      : [{ id: this.#ids[slot] as number, destination: this.#destinations[slot] as string }];
  }

  /** Nothing will answer what was sent to a peer that left, also when one of its name comes back. Linear. */
  bid(peer: string): void {
    for (let slot = 0; slot < remembered; slot++) {
      if (this.#destinations[slot] === peer) this.#destinations[slot] = nobody;
    }
    for (const sent of this.#several.values()) {
      sent.forEach(({ id, destination }, index) => {
        if (destination === peer) sent[index] = { id, destination: nobody };
      });
    }
  }
}
