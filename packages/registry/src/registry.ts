import type { ProcessIdentity, WaitOptions } from "@troupe/core";

/** A member of a group, as every other member sees it. */
export interface Member {
  /** Unique in its group among the living. */
  readonly name: string;
  /** What the member is in its group: `runner`, `worker`. */
  readonly component: string;
  /** Where the member is reached, a ZeroMQ endpoint: `ipc://…` or `tcp://host:port`. */
  readonly endpoint: string;
  /** Unique for each run of a process that bears this name; kept when a member rejoins after a pause. */
  readonly incarnation: string;
  /** The member's process, so that one on the same host can tell whether it still runs. */
  readonly process: ProcessIdentity;
  /** Further facts: protocol versions, capabilities. Plain data; a member takes 64 KiB at most. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** A change of a group: who is in it now, in order of joining, and what is new since the change before. */
export interface MembershipChange {
  readonly members: readonly Member[];
  /** In the first change of a watch: all of them. */
  readonly joined: readonly Member[];
  /** Those whose lease ran out, who left, or whose name has a new incarnation (which is then in `joined`). */
  readonly left: readonly Member[];
}

/** A value with the version that {@link Registry.cas} compares. Versions of one key never repeat. */
export interface Entry {
  readonly value: unknown;
  readonly version: number;
}

export interface JoinOptions extends WaitOptions {
  /** Milliseconds that the member stays listed after its last heartbeat. Heartbeats go out every third of it. Default 5000. */
  readonly ttl?: number | undefined;
}

/** A joined member's hold on its place. Renewed by itself until left, or until the name is lost. */
export interface Membership extends AsyncDisposable {
  readonly group: string;
  readonly member: Member;
  /**
   * Settles when this membership ended: `undefined` after `leave()` or the registry's `close()`, the error
   * (ERR_NAME_TAKEN) when the lease had run out (a long pause) and another took the name meanwhile.
   * A pause after which the name is still free rejoins by itself and settles nothing.
   */
  readonly ended: Promise<Error | undefined>;
  /** Takes the member off the group at once. Idempotent. */
  leave(): Promise<void>;
}

/**
 * Where groups find each other: leases on member names, a watch on each group, and small values with
 * compare-and-set. Every driver keeps the same promises, those of the testkit's registry suite.
 *
 * Every method rejects with ERR_REGISTRY when the registry does not answer within `timeout` (default
 * 10 000 ms; says where it looked and for how long), ERR_CANCELLED by `signal`, ERR_CLOSED after `close()`.
 * A write that ended so may take effect nevertheless. ERR_CONFIG for a name that is empty or longer than
 * 512 characters.
 *
 * What waits for an answer keeps the process alive. Memberships and watches do not.
 */
export interface Registry extends AsyncDisposable {
  /** The URL it was opened with, with defaults filled in. */
  readonly url: string;
  /**
   * Lists the member in the group and keeps it listed by heartbeats.
   *
   * A name held by a member of this host whose process is dead is taken over at once.
   *
   * @throws ERR_NAME_TAKEN when a living member has the name.
   */
  join(group: string, member: Member, options?: JoinOptions): Promise<Membership>;
  /** Those in the group now, in order of joining. */
  members(group: string, options?: WaitOptions): Promise<readonly Member[]>;
  /**
   * First the group as it is, then each change. Changes that come faster than they are consumed are
   * merged, so a slow watcher holds one pending change at most. Survives a registry that goes away
   * and comes back: the difference is what it yields next. Ends quietly by `signal` or `close()`.
   */
  watch(group: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<MembershipChange>;
  get(key: string, options?: WaitOptions): Promise<Entry | undefined>;
  /**
   * Sets the key whatever it held; gives the new version. A `value` of `undefined` deletes the key.
   *
   * @throws ERR_MESSAGE_TOO_LARGE beyond 4 MiB; ERR_NOT_SERIALIZABLE.
   */
  set(key: string, value: unknown, options?: WaitOptions): Promise<number>;
  /**
   * Sets the key if its version is `expected` (`undefined`: if it does not exist). Gives the new
   * version, or `undefined` when another was there first. A `value` of `undefined` deletes the key.
   *
   * @throws ERR_REGISTRY also when the connection broke and nobody can tell any more whether the value was
   *   set: read the key and decide anew. ERR_MESSAGE_TOO_LARGE, ERR_NOT_SERIALIZABLE as {@link Registry.set}.
   */
  cas(
    key: string,
    expected: number | undefined,
    value: unknown,
    options?: WaitOptions,
  ): Promise<number | undefined>;
  /** Leaves all groups joined through it and lets go of every socket and timer. Idempotent. */
  close(): Promise<void>;
}
