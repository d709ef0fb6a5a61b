import { Batcher } from "@troupe/core";

import type { Backend, JoinOutcome, Seat, StoredValue, Write } from "../client/backend.js";
import type { Member } from "../registry.js";
import { KeyTable } from "../state/key-table.js";
import { SeatTable } from "../state/seat-table.js";
import { Sequence } from "../state/sequence.js";

/** One registry of this process, as long as somebody has it open. */
interface Hub {
  readonly seats: SeatTable;
  readonly keys: KeyTable;
  readonly users: Set<MemoryBackend>;
}

const hubs = new Map<string, Hub>();

/** The registry of one process: the state itself, with nothing between. */
export class MemoryBackend implements Backend {
  readonly opened = Promise.resolve();
  readonly connected = true;
  readonly trouble = undefined;
  readonly #hub: Hub;

  /** @param name Separates registries; opens of the same name share one. */
  constructor(
    readonly url: string,
    private readonly name: string,
  ) {
    let hub = hubs.get(name);
    if (!hub) {
      const sequence = new Sequence();
      hub = { seats: new SeatTable(sequence), keys: new KeyTable(sequence), users: new Set() };
      hubs.set(name, hub);
    }
    hub.users.add(this);
    this.#hub = hub;
  }

  async join(group: string, member: Member, ttl: number, evict: string | undefined): Promise<JoinOutcome> {
    return this.#hub.seats.join(group, member, ttl, evict, this);
  }

  async renew(group: string, { name, incarnation }: Member, ttl: number): Promise<boolean> {
    return this.#hub.seats.renew(group, name, incarnation, ttl, this);
  }

  async leave(group: string, { name, incarnation }: Member): Promise<void> {
    this.#hub.seats.leave(group, name, incarnation);
  }

  async seats(group: string): Promise<readonly Seat[]> {
    return this.#hub.seats.seats(group);
  }

  async get(key: string): Promise<StoredValue | undefined> {
    return this.#hub.keys.get(key);
  }

  async set(key: string, write: Write): Promise<number> {
    return this.#hub.keys.set(key, write);
  }

  async cas(key: string, expected: number | undefined, write: Write): Promise<number | undefined> {
    return this.#hub.keys.cas(key, expected, write);
  }

  watch(group: string, onSeats: (seats: readonly Seat[]) => void): () => void {
    const { seats } = this.#hub;
    let watching = true;
    // As over a wire, what changes in one turn of the event loop arrives together, and later.
    const batcher = new Batcher<true>(() => {
      if (watching) onSeats(seats.seats(group));
    });
    batcher.add(true);
    const unsubscribe = seats.subscribe(group, () => batcher.add(true));
    return () => {
      watching = false;
      unsubscribe();
    };
  }

  retire(): void {}

  async close(): Promise<void> {
    const { users, seats } = this.#hub;
    users.delete(this);
    if (users.size > 0 || hubs.get(this.name) !== this.#hub) return;
    hubs.delete(this.name);
    seats.stop();
  }
}
