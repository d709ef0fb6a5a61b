import { type ActorEvent, actorEventOp, type ActorRecord, type Node } from "@troupe/cluster";
import { BoundedQueue } from "@troupe/core";

/** Events that wait for whoever watches. An actor has few: one who takes none of them loses the oldest. */
const maxEvents = 1_000;

/** Those in this process who watch actors. */
export class Watches {
  readonly #watches = new Map<number, Set<Watch>>();

  constructor(private readonly node: Node) {
    node.serve(actorEventOp, (args) => {
      const { id, event } = args as { readonly id: number; readonly event: ActorEvent };
      for (const watch of this.#watches.get(id) ?? []) watch.push(event);
    });
  }

  /** Whether somebody here waits for an event. */
  get isAwaited(): boolean {
    for (const watches of this.#watches.values())
      for (const watch of watches) if (watch.isAwaited) return true;
    return false;
  }

  /** Begins to watch at once. */
  add({ id }: ActorRecord): AsyncIterableIterator<ActorEvent, void> {
    const watches = this.#watches.get(id) ?? new Set();
    const watch = new Watch(() => {
      watches.delete(watch);
      if (watches.size > 0 || this.#watches.get(id) !== watches) return;
      this.#watches.delete(id);
      void Promise.resolve(this.node.brain.unwatch(id, this.node.name)).catch(() => {});
    });
    watches.add(watch);
    this.#watches.set(id, watches);
    void this.#begin(id, watch);
    return watch;
  }

  close(): void {
    for (const watches of this.#watches.values()) for (const watch of watches) watch.end();
    this.#watches.clear();
  }

  async #begin(id: number, watch: Watch): Promise<void> {
    try {
      await this.node.brain.watch(id, this.node.name);
    } catch (error) {
      watch.end(error);
    }
  }
}

/** What becomes of an actor, until it ended. */
class Watch implements AsyncIterableIterator<ActorEvent, void> {
  readonly #events = new BoundedQueue<ActorEvent>(maxEvents, "watch");
  #failure: { readonly error: unknown } | undefined;
  #waiters = 0;

  constructor(private readonly onEnd: () => void) {}

  get isAwaited(): boolean {
    return this.#waiters > 0;
  }

  push(event: ActorEvent): void {
    if (!this.#events.tryPush(event)) {
      this.#events.tryShift();
      this.#events.tryPush(event);
    }
    if (event === "stopped" || event === "died") this.end();
  }

  end(error?: unknown): void {
    if (error !== undefined) this.#failure = { error };
    this.#events.close();
    this.onEnd();
  }

  async next(): Promise<IteratorResult<ActorEvent, void>> {
    this.#waiters++;
    const value = await this.#events.shift();
    this.#waiters--;
    if (value !== undefined) return { done: false, value };
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
