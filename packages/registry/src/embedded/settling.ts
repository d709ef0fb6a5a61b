import { isProcessAlive, isSameHost, type ProcessIdentity } from "@troupe/core";

import type { RosterEntry } from "./protocol.js";

/** Milliseconds given at least, for those whom nobody named. */
const least = 100;
/** Milliseconds given at most, to those who live but do not come: paused, or busy, or of another host. */
const most = 1_000;
/** Milliseconds between looks. */
const step = 20;

/**
 * The time after a server took over from another one in which it only takes in what its clients know.
 *
 * It ends when all have told who were with the former server and still live, and neither before 100 ms
 * nor after a second. Requests wait for it, so that nobody is answered by a registry that has yet to
 * hear of a member or a value.
 */
export class Settling {
  readonly #awaited = new Map<string, ProcessIdentity>();
  readonly #arrived = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = performance.now();

  constructor(private readonly settled: () => void) {
    this.#timer = setInterval(() => this.#look(), step).unref();
  }

  /** A client came and told who was with it before. */
  expect(roster: readonly RosterEntry[]): void {
    for (const [client, process] of roster) this.#awaited.set(client, process);
  }

  /** A client told all that it knows. */
  arrived(client: string): void {
    this.#arrived.add(client);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const age = performance.now() - this.#startedAt;
    if (age < least || (age < most && this.#missing())) return;
    this.stop();
    this.settled();
  }

  #missing(): boolean {
    for (const [client, process] of this.#awaited) {
      if (this.#arrived.has(client)) continue;
      if (!isSameHost(process) || isProcessAlive(process)) return true;
      this.#awaited.delete(client);
    }
    return false;
  }
}
