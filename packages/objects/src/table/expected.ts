import { knownBy, type ObjectRef } from "../ref/object-ref.js";
import type { Memory } from "../memory/memory.js";
import { isLarge, type StoredValue } from "../value/stored-value.js";
import type { Known } from "./known.js";
import type { Lineage, Owned, Source } from "./owned.js";

/** An object of this process whose value is to come. */
export class Expected<T = unknown> {
  #ref: ObjectRef<T> | undefined;

  constructor(
    ref: ObjectRef<T>,
    private readonly owned: Owned,
    private readonly surroundings: { readonly memory: Memory },
  ) {
    this.#ref = ref;
  }

  /** The reference that it was made with, until it was handed over. */
  get ref(): ObjectRef<T> {
    return this.#ref!;
  }

  /** Gives the reference away: whoever knows how the object is computed keeps nobody's reference alive. */
  handOver(): ObjectRef<T> {
    const ref = this.#ref!;
    this.#ref = undefined;
    return ref;
  }

  /** Names the object, as {@link ObjectRef.id}. */
  get id(): string {
    return `${this.owned.owner}/${this.owned.id}`;
  }

  /** Whether anybody would miss it. */
  get isAwaited(): boolean {
    return this.owned.isUsed;
  }

  /**
   * Here it is; memory in the host's store is this process's from now on. Does nothing when it has come already.
   *
   * @param refs References that are in its value, which are released: it holds what they refer to itself.
   */
  settle(stored: StoredValue, refs: readonly ObjectRef[] = []): void {
    const inside = refs.map(knownBy);
    for (const known of inside) known.hold();
    for (const ref of refs) ref.release();
    this.settleHolding(stored, inside);
  }

  /** As {@link settle}, with objects that are held for it already. */
  settleHolding(stored: StoredValue, inside: readonly Known[]): void {
    if (this.owned.state === "pending" && this.isAwaited) {
      if (isLarge(stored)) this.surroundings.memory.keep(stored);
      return this.owned.settle(stored, inside);
    }
    if (isLarge(stored)) this.surroundings.memory.delete(stored);
    for (const known of inside) known.release();
  }

  /** It will never be there. Does nothing when it has come already. */
  fail(error: unknown): void {
    if (this.owned.state === "pending")
      this.owned.fail(error instanceof Error ? error : new Error(String(error), { cause: error }));
  }

  /** Says what it comes from, for `Objects.cancel`, until it has come or failed. */
  comesFrom(source: Source): void {
    this.owned.source = source;
  }

  /** Says how it is computed again, by another `settle` or `fail`, when its memory was lost. */
  descendsFrom(lineage: Lineage): void {
    this.owned.lineage = lineage;
  }
}
