import { deferred, isProcessAlive, isSameHost, type Logger, maxDelay, TroupeError } from "@troupe/core";

import type { Member, Membership } from "../registry.js";
import type { Backend } from "./backend.js";

/** What a membership needs of the registry that it is of. */
export interface MembershipHost {
  readonly backend: Backend;
  readonly log: Logger;
  /** Frees the seat, as a call of the registry. */
  leave(membership: HeldMembership): Promise<void>;
  /** Told once when the membership ended, however that came. */
  ended(membership: HeldMembership): void;
}

/**
 * A seat that is held by heartbeats, from the registry of the process that joined.
 *
 * A heartbeat that finds no seat (the process was paused past its lease, or the registry forgot) takes it
 * again under the same name and incarnation; only when somebody else sits there it is over.
 */
export class HeldMembership implements Membership {
  readonly ended: Promise<Error | undefined>;
  readonly #end = deferred<Error | undefined>();
  readonly #heartbeats = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #beating = false;
  #left: Promise<void> | undefined;

  constructor(
    readonly group: string,
    readonly member: Member,
    readonly ttl: number,
    private readonly host: MembershipHost,
  ) {
    this.ended = this.#end.promise;
    this.#schedule();
  }

  /** Whether heartbeats go out. */
  get live(): boolean {
    return !this.#heartbeats.signal.aborted;
  }

  /** Renews the lease now, as after a connection that was lost came back. */
  async beat(): Promise<void> {
    if (this.#beating || !this.live) return;
    this.#beating = true;
    clearTimeout(this.#timer);
    // One heartbeat waits at most a ttl: what comes later is for the next one to say.
    const attempt = new AbortController();
    const give = (reason: unknown) => attempt.abort(reason);
    const overdue = setTimeout(() => give(new Error("no answer within a ttl")), this.ttl).unref();
    const stop = () => give(this.#heartbeats.signal.reason);
    this.#heartbeats.signal.addEventListener("abort", stop);
    try {
      await this.#renew(attempt.signal);
    } catch (error) {
      const { group, member } = this;
      if (this.live) this.host.log.debug({ group, name: member.name, err: error }, "A heartbeat failed.");
    } finally {
      clearTimeout(overdue);
      this.#heartbeats.signal.removeEventListener("abort", stop);
      this.#beating = false;
      if (this.live) this.#schedule();
    }
  }

  leave(): Promise<void> {
    if (!this.#left) {
      const held = this.live;
      this.finish(undefined);
      this.#left = held ? this.host.leave(this) : Promise.resolve();
    }
    return this.#left;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  /** Ends the heartbeats and settles `ended`. The seat is left as it is. */
  finish(error: Error | undefined): void {
    if (!this.live) return;
    clearTimeout(this.#timer);
    this.#heartbeats.abort(new Error("the membership ended"));
    this.#end.resolve(error);
    this.host.ended(this);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.beat(), Math.min(this.ttl / 3, maxDelay)).unref();
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { backend } = this.host;
    if (await backend.renew(this.group, this.member, this.ttl, signal)) return;
    const holder = await takeSeat(backend, this.group, this.member, this.ttl, signal);
    if (holder && this.live) this.finish(nameTaken(this.group, holder));
  }
}

/**
 * Joins; where a process of this host sits that is dead, takes its place.
 *
 * @returns Who has the name, or `undefined` when it is ours.
 */
export async function takeSeat(
  backend: Backend,
  group: string,
  member: Member,
  ttl: number,
  signal: AbortSignal,
): Promise<Member | undefined> {
  let evict: string | undefined;
  for (;;) {
    const outcome = await backend.join(group, member, ttl, evict, signal);
    if ("seat" in outcome) return undefined;
    const { holder } = outcome;
    // A second refusal is by another holder, who was faster: then it is judged like the first.
    if (holder.incarnation === evict || !isDead(holder)) return holder;
    evict = holder.incarnation;
  }
}

/** Whether the member's process is known to be gone: one of this host whose pid says so. */
export function isDead(member: Member): boolean {
  return isSameHost(member.process) && !isProcessAlive(member.process);
}

/** The error for a name that a living member has. */
export function nameTaken(group: string, holder: Member): TroupeError {
  const { name, endpoint, incarnation, process } = holder;
  return new TroupeError(
    "ERR_NAME_TAKEN",
    `The name "${name}" in the group "${group}" belongs to a living member (pid ${process.pid} on ${process.host}, ${endpoint}); ` +
      `choose another name, or end that process.`,
    { details: { group, name, endpoint, incarnation, pid: process.pid, host: process.host } },
  );
}
