import type { Member } from "../registry.js";

/** A member's place in its group, as drivers hold it. */
export interface Seat {
  readonly member: Member;
  /** Milliseconds that the seat is held after its last renewal. */
  readonly ttl: number;
  /** Grows with each join; a group lists its members by it. */
  readonly order: number;
}

/** What a join came to: the seat, or who sits there. */
export type JoinOutcome = { readonly seat: Seat } | { readonly holder: Member };

/** A key's value as it travels: encoded, so that no driver needs to know what it is. */
export interface StoredValue {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** A write's new value: encoded, or `undefined` to delete. */
export interface Write {
  readonly bytes: Uint8Array | undefined;
  /** Names this write, so that one that is sent twice over a broken connection takes effect once. */
  readonly id: string;
}

/**
 * What a driver does for the registry that stands before it. Each call waits until the driver can be
 * reached, for as long as the signal lets it; the signal's reason is what it rejects with. A call whose
 * signal has aborted is not sent (again); one already under way may still take effect.
 */
export interface Backend {
  readonly url: string;
  /** Settles when it is connected for the first time, or rejects when it never will be. */
  readonly opened: Promise<void>;
  /** Whether a call would be sent at once. */
  readonly connected: boolean;
  /** What stood in the way of the last attempt to connect, for messages. */
  readonly trouble: string | undefined;

  /**
   * Takes the seat. A seat that has the same incarnation is renewed.
   *
   * @param evict Incarnation that is known to be dead and loses the seat.
   */
  join(
    group: string,
    member: Member,
    ttl: number,
    evict: string | undefined,
    signal: AbortSignal,
  ): Promise<JoinOutcome>;
  /** Renews the seat; `false` when the member has none (any more). */
  renew(group: string, member: Member, ttl: number, signal: AbortSignal): Promise<boolean>;
  /** Frees the seat if it is this incarnation's. */
  leave(group: string, member: Member, signal: AbortSignal): Promise<void>;
  /** Seats held now, by order. */
  seats(group: string, signal: AbortSignal): Promise<readonly Seat[]>;

  get(key: string, signal: AbortSignal): Promise<StoredValue | undefined>;
  set(key: string, write: Write, signal: AbortSignal): Promise<number>;
  /** @throws ERR_REGISTRY when the connection broke and nobody can tell any more whether the write happened. */
  cas(
    key: string,
    expected: number | undefined,
    write: Write,
    signal: AbortSignal,
  ): Promise<number | undefined>;

  /**
   * Calls `onSeats` with the group's seats, by order: soon, and after each change. The first call has all
   * that was acknowledged to anyone before the watch began.
   *
   * @returns Ends it.
   */
  watch(group: string, onSeats: (seats: readonly Seat[]) => void): () => void;

  /** Makes no new connection any more: calls that the present one does not answer reject when it ends. */
  retire(): void;
  /** Lets go of everything. Calls under way reject with ERR_CLOSED by their signals, before. */
  close(): Promise<void>;
}
