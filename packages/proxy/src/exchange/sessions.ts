/** One message of a session of ours that may be answered. */
export interface Sent {
  readonly id: number;
  readonly destination: string;
}

/** Sessions remembered, so that their replies can be collected later. A power of two. */
const remembered = 16_384;

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
  /** Sessions of several messages, oldest first. */
  readonly #several = new Map<string, Sent[]>();
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
    const known = this.lookup(session) ?? [];
    this.#several.delete(session);
    this.#several.set(session, [...known, ...sent]);
    if (this.#several.size <= remembered) return;
    for (const oldest of this.#several.keys()) {
      this.#several.delete(oldest);
      break;
    }
  }

  /** What was sent under the session, `undefined` when it is unknown or forgotten. Linear in what is remembered. */
  lookup(session: string): readonly Sent[] | undefined {
    const several = this.#several.get(session);
    if (several) return several;
    const slot = this.#names.indexOf(session);
    return slot < 0
      ? undefined
      : [{ id: this.#ids[slot] as number, destination: this.#destinations[slot] as string }];
  }
}
