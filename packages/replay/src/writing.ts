import type { Head } from "./memory/heads.js";
import type { Memory } from "./memory/memory.js";
import { unused, used } from "./memory/uses.js";
import type { OnSafeArea, Placement, Refusal } from "./placement/placement.js";
import { Ring } from "./placement/ring.js";
import { Chosen } from "./placement/victims.js";
import { Priorities } from "./priorities.js";
import { Rows } from "./schema/rows.js";

/** The steps of a write, for one head: rows are claimed, filled, and given out. What was claimed must be given out. */
export class Writing {
  readonly rows: Rows;
  readonly placement: Placement;
  readonly #memory: Memory;
  readonly #priorities: Priorities;

  constructor(memory: Memory, head: Head) {
    const isRing = memory.definition.remover.kind === "fifo";
    this.#memory = memory;
    this.rows = new Rows(memory);
    this.placement = isRing ? new Ring(memory, head) : new Chosen(memory, head);
    this.#priorities = new Priorities(memory, head);
  }

  claim(count: number, onSafeArea: OnSafeArea): Refusal | undefined {
    return this.placement.claim(count, onSafeArea);
  }

  putRow(row: Readonly<Record<string, unknown>>): void {
    this.rows.put(row, this.placement.slots[0]!);
  }

  putColumns(columns: Readonly<Record<string, unknown>>, count: number): void {
    this.rows.putColumns(columns, this.placement.slots, count);
  }

  /**
   * Gives the rows out, once their columns are written.
   *
   * @param uses How often each was sampled before; not at all by default.
   * @returns Rows that there are more than before.
   */
  publish(
    count: number,
    priorities: number | ArrayLike<number> | undefined,
    uses?: ArrayLike<number>,
  ): number {
    const { slots } = this.placement;
    const { times, states } = this.#memory;
    this.placement.arrange(count);
    this.#priorities.give(slots, count, priorities);
    if (times.length > 0) {
      for (let i = 0; i < count; i++) {
        const state = states[slots[i]!]!;
        times[slots[i]!] = uses === undefined ? unused(state) : used(state, uses[i]!);
      }
    }
    return this.placement.publish(count);
  }
}
