import { areaAt } from "../memory/areas.js";
import { fence } from "../memory/fence.js";
import type { Head } from "../memory/heads.js";
import type { Memory } from "../memory/memory.js";
import { claimed, kindOf, stable, writingEmpty } from "../memory/row-state.js";

/** What a writer does that meets a row which a reader holds. */
export type OnSafeArea = "wait" | "skip" | "drop";

/** Why a claim gave nothing: rows are held by a reader, or by heads that do not get on. */
export type Refusal = "area" | "busy";

/**
 * Where new rows go: claims rows for a writer, and gives them out when they are whole. What is in between belongs to
 * the writer alone.
 */
export abstract class Placement {
  /** The rows that are claimed. */
  slots = new Int32Array(1);
  /** The area that was met, for a claim that was refused for one. */
  area = -1;
  /** Rows that were passed over because a reader holds them. */
  passed = 0;
  /** Whether rows were passed over because other heads have them: they may be dead. */
  metOthers = false;
  /** Whether rows were passed over because they were written since this thread looked where to begin. */
  protected metNewer = false;
  /** What the rows were before. */
  protected before = new Int32Array(1);
  /** Rows claimed so far. */
  protected count = 0;

  constructor(
    protected readonly memory: Memory,
    protected readonly head: Head,
  ) {}

  /** Claims `count` rows, all or none. */
  abstract claim(count: number, onSafeArea: OnSafeArea): Refusal | undefined;

  /** Puts what orders the rows where samplers and removers look for it; before {@link publish}. */
  abstract arrange(count: number): void;

  /** The rows are whole. Gives how many of them are more than were there before. */
  publish(count: number): number {
    const { states } = this.memory;
    fence(); // what was written to them comes first
    let more = 0;
    for (let i = 0; i < count; i++) {
      const slot = this.slots[i]!;
      const state = states[slot]!;
      if (kindOf(state) === writingEmpty) more++;
      states[slot] = (state & ~0x3ff) | stable;
    }
    if (more > 0) Atomics.add(this.memory.control.live, 0, more);
    return more;
  }

  protected begin(count: number): void {
    if (this.slots.length < count) {
      this.slots = new Int32Array(count);
      this.before = new Int32Array(count);
    }
    this.count = 0;
    this.area = -1;
    this.passed = 0;
    this.metOthers = false;
    this.metNewer = false;
  }

  /**
   * Whether the row could be claimed: it was of one of these kinds, and not written at this very `position`, which
   * somebody else was faster to fill then.
   */
  protected take(slot: number, kind: number, orKind = kind, position = -1): boolean {
    const { states, writtenAt } = this.memory;
    for (;;) {
      const state = Atomics.load(states, slot);
      if (kindOf(state) !== kind && kindOf(state) !== orKind) {
        this.metOthers ||= kindOf(state) > stable;
        return false;
      }
      if (kindOf(state) === stable && writtenAt[slot] === position) {
        this.metNewer = true;
        return false;
      }
      if (Atomics.compareExchange(states, slot, state, claimed(state, this.head.index)) !== state) continue;
      this.slots[this.count] = slot;
      this.before[this.count++] = state;
      return true;
    }
  }

  /** Gives the claimed rows from the `from`th on back as they were: nothing was written to them. */
  protected giveBack(from = 0): void {
    for (let i = from; i < this.count; i++)
      Atomics.store(this.memory.states, this.slots[i]!, this.before[i]!);
    this.count = from;
  }

  /** Looks, once rows are claimed, whether a reader has come to hold one: which one, -1 for none. */
  protected firstHeld(): number {
    fence();
    if (Atomics.load(this.memory.control.areasHeld, 0) === 0) return -1;
    for (let i = 0; i < this.count; i++) {
      const area = areaAt(this.memory, this.slots[i]!);
      if (area < 0) continue;
      this.area = area;
      return i;
    }
    return -1;
  }

  /** Notes the rows of these slots as used, so that samplers look there. */
  protected reach(slot: number): void {
    const { reach } = this.memory.control;
    for (;;) {
      const known = Atomics.load(reach, 0);
      if (known > slot || Atomics.compareExchange(reach, 0, known, slot + 1) === known) return;
    }
  }
}
