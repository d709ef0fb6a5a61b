import { decode, encode, type Logger, uniqueId, type WaitOptions } from "@troupe/core";

import type { Entry, JoinOptions, Member, MembershipChange, Registry } from "../registry.js";
import type { Backend, Write } from "./backend.js";
import { Calls } from "./calls.js";
import { GroupWatches } from "./group-watch.js";
import { checkMember, checkName, checkSize, checkTtl, maxMemberBytes, maxValueBytes } from "./limits.js";
import { HeldMembership, type MembershipHost, nameTaken, takeSeat } from "./membership.js";

const defaultTtl = 5_000;
/** Milliseconds that `close()` waits for its goodbyes to be heard; leases say the rest. */
const goodbyeTimeout = 1_000;

/**
 * The registry as users see it, the same before every driver: deadlines, heartbeats, merged watches,
 * values encoded and decoded.
 */
export class RegistryClient implements Registry, MembershipHost {
  readonly url: string;
  readonly #calls: Calls;
  readonly #watches: GroupWatches;
  readonly #memberships = new Set<HeldMembership>();
  readonly #id = uniqueId();
  #writes = 0;
  #closing: Promise<void> | undefined;

  constructor(
    readonly backend: Backend,
    readonly log: Logger,
  ) {
    this.url = backend.url;
    this.#calls = new Calls(backend.url, () => backend.trouble);
    this.#watches = new GroupWatches(backend);
  }

  /** Waits for the driver to be connected. */
  async opened(options: WaitOptions): Promise<void> {
    await this.#calls.run("opening it", options, () => this.backend.opened);
  }

  async join(group: string, member: Member, options: JoinOptions = {}): Promise<HeldMembership> {
    const ttl = Math.ceil(options.ttl ?? defaultTtl);
    checkName("group", group);
    checkMember(member);
    checkTtl(ttl);
    const bytes = encode(member);
    checkSize(`The member "${member.name}"`, bytes, maxMemberBytes);
    // A copy of our own: what the caller changes later is not what others see.
    const own = decode(bytes) as Member;
    const taken = [...this.#memberships].find(
      (held) => held.group === group && held.member.name === own.name,
    );
    if (taken) throw nameTaken(group, taken.member);

    let holder: Member | undefined;
    try {
      holder = await this.#calls.run(`join of "${own.name}" to "${group}"`, options, (signal) =>
        takeSeat(this.backend, group, own, ttl, signal),
      );
    } catch (error) {
      // Should the seat be ours in spite of the error, nobody would renew it: better to give it back now.
      this.#giveBack(group, own);
      throw error;
    }
    if (holder) throw nameTaken(group, holder);
    // Closed while the last answer was under way.
    this.#calls.check();
    const membership = new HeldMembership(group, own, ttl, this);
    this.#memberships.add(membership);
    return membership;
  }

  async members(group: string, options: WaitOptions = {}): Promise<readonly Member[]> {
    checkName("group", group);
    const seats = await this.#calls.run(`members of "${group}"`, options, (signal) =>
      this.backend.seats(group, signal),
    );
    return seats.map(({ member }) => member);
  }

  watch(
    group: string,
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterableIterator<MembershipChange> {
    this.#calls.check();
    checkName("group", group);
    return this.#watches.watch(group, options.signal);
  }

  async get(key: string, options: WaitOptions = {}): Promise<Entry | undefined> {
    checkName("key", key);
    const stored = await this.#calls.run(`get of "${key}"`, options, (signal) =>
      this.backend.get(key, signal),
    );
    // Decoded values may be views of their bytes, and those are the driver's.
    return stored && { value: decode(Buffer.from(stored.bytes)), version: stored.version };
  }

  async set(key: string, value: unknown, options: WaitOptions = {}): Promise<number> {
    checkName("key", key);
    const write = this.#write(key, value);
    return this.#calls.run(`set of "${key}"`, options, (signal) => this.backend.set(key, write, signal));
  }

  async cas(
    key: string,
    expected: number | undefined,
    value: unknown,
    options: WaitOptions = {},
  ): Promise<number | undefined> {
    checkName("key", key);
    const write = this.#write(key, value);
    return this.#calls.run(`cas of "${key}"`, options, (signal) =>
      this.backend.cas(key, expected, write, signal),
    );
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For {@link HeldMembership}. */
  leave({ group, member }: HeldMembership): Promise<void> {
    return this.#calls.run(`leave of "${member.name}" from "${group}"`, {}, (signal) =>
      this.backend.leave(group, member, signal),
    );
  }

  /** For {@link HeldMembership}. */
  ended(membership: HeldMembership): void {
    this.#memberships.delete(membership);
  }

  /** For drivers: the connection was lost and is back, so that leases should be renewed now. */
  reconnected(): void {
    for (const membership of this.#memberships) void membership.beat();
  }

  #write(key: string, value: unknown): Write {
    const id = `${this.#id}.${this.#writes++}`;
    if (value === undefined) return { bytes: undefined, id };
    const bytes = encode(value);
    checkSize(`The value for "${key}"`, bytes, maxValueBytes);
    return { bytes, id };
  }

  #giveBack(group: string, member: Member): void {
    if (this.#calls.closed || !this.backend.connected) return;
    this.backend.leave(group, member, AbortSignal.timeout(goodbyeTimeout)).catch((error: unknown) => {
      this.log.debug({ group, name: member.name, err: error }, "A seat could not be given back.");
    });
  }

  async #close(): Promise<void> {
    this.#watches.close();
    const leaving = [...this.#memberships];
    const alone = !this.backend.connected;
    this.backend.retire();
    this.#calls.close();
    for (const membership of leaving) membership.finish(undefined);
    // With nobody to tell, nobody is told: the leases run out.
    const goodbyes = alone ? [] : leaving.map(({ group, member }) => this.#goodbye(group, member));
    const heard = await Promise.allSettled(goodbyes);
    for (const result of heard) {
      if (result.status === "rejected")
        this.log.debug({ err: result.reason as unknown }, "A goodbye was not heard.");
    }
    await this.backend.close();
  }

  async #goodbye(group: string, member: Member): Promise<void> {
    // AbortSignal.timeout() would let the process go while close() is awaited.
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error("no answer to a goodbye")), goodbyeTimeout);
    try {
      await this.backend.leave(group, member, controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
