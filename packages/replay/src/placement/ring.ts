import { areaAt } from "../memory/areas.js";
import { empty, stable } from "../memory/row-state.js";
import { type OnSafeArea, Placement, type Refusal } from "./placement.js";

/**
 * Rows go where the oldest are: the remover `fifo`. The order of the rows is the order of writing.
 *
 * A row is claimed first, and the ring's head moved past it then, so that whatever is before the head and was not
 * passed over is claimed or written: who looks for the oldest row misses none.
 */
export class Ring extends Placement {
  /** At which position each row was claimed, and where the claim ended. */
  #positions = new Int32Array(1);
  #end = 0;

  /**
   * Where rows go once they were sampled, those that are left may stand anywhere: a writer or a reader that is slow
   * keeps its row while others go round. Then empty rows are looked for first, and those of a queue never replaced.
   */
  claim(count: number, onSafeArea: OnSafeArea): Refusal | undefined {
    const { size, capacity, definition } = this.memory;
    if (definition.maxTimesSampled === 0) return this.#claim(count, onSafeArea, true);
    const isQueue = definition.rateLimiter.kind === "queue";
    if (size + count > capacity && !isQueue) return this.#claim(count, onSafeArea, true);
    const refusal = this.#claim(count, onSafeArea, false);
    return refusal === "busy" && !isQueue ? this.#claim(count, onSafeArea, true) : refusal;
  }

  #claim(count: number, onSafeArea: OnSafeArea, mayReplace: boolean): Refusal | undefined {
    this.begin(count);
    const other = mayReplace ? stable : empty;
    if (this.#positions.length < count) this.#positions = new Int32Array(count);
    const { order, capacity, control } = this.memory;
    let position = Atomics.load(control.head, 0);
    let slot = order.slot(position);
    // A round at most: then every row has been tried.
    for (let steps = 0; ;) {
      while (this.count < count && steps < capacity) {
        const area = areaAt(this.memory, slot);
        if (area >= 0) {
          if (onSafeArea !== "skip") return this.#refuse(area);
          this.area = area;
          this.passed++;
        } else if (this.take(slot, empty, other, position)) {
          this.#positions[this.count - 1] = position;
        }
        steps++;
        position = order.move(position, 1);
        if (++slot === capacity) slot = 0;
      }
      const held = this.firstHeld();
      if (held < 0) break;
      // A reader came meanwhile, and wins. What was claimed from there on is claimed again, past its area.
      if (onSafeArea !== "skip") return this.#refuse(this.area);
      steps -= order.distance(this.#positions[held]!, position);
      position = this.#positions[held]!;
      slot = this.slots[held]!;
      this.giveBack(held);
    }
    const cameTooLate = this.count < count && this.metNewer;
    if (cameTooLate || (this.count > 0 && this.#isStale(this.#positions[0]!))) {
      this.giveBack();
      return this.#claim(count, onSafeArea, mayReplace);
    }
    if (this.count < count) {
      this.giveBack();
      return this.passed > 0 ? "area" : "busy";
    }
    this.area = -1;
    this.#end = position;
    this.#advance(position);
    return undefined;
  }

  arrange(count: number): void {
    const { writtenAt, control, order } = this.memory;
    for (let i = 0; i < count; i++) writtenAt[this.slots[i]!] = this.#positions[i]!;
    if (Atomics.load(control.reach, 0) < this.memory.capacity) {
      let last = 0;
      for (let i = 0; i < count; i++) last = Math.max(last, this.slots[i]!);
      this.reach(last);
    }
    // The tail follows in time, so that the way from it to the head can be told from the way back.
    const tail = Atomics.load(control.tail, 0);
    if (order.distance(tail, this.#end) >= 2 * this.memory.capacity)
      Atomics.compareExchange(control.tail, 0, tail, order.move(this.#end, -this.memory.capacity));
  }

  #refuse(area: number): Refusal {
    this.area = area;
    this.giveBack();
    return "area";
  }

  /**
   * Whether this thread slept between its look at the head and its claim, and all went on without it: the tail has
   * passed the position, and nobody would look for a row there, or it is the next round's by now. Who moves the
   * tail looks again after it, so that one of both sees the other.
   */
  #isStale(position: number): boolean {
    const { order, control, capacity } = this.memory;
    const head = Atomics.load(control.head, 0);
    if (order.reached(position, head) && order.distance(position, head) >= capacity) return true;
    return !order.reached(Atomics.load(control.tail, 0), position);
  }

  /** Moves the head to a position, unless it is there or further. */
  #advance(position: number): void {
    const { order, control } = this.memory;
    for (;;) {
      const head = Atomics.load(control.head, 0);
      if (order.reached(position, head)) return;
      if (Atomics.compareExchange(control.head, 0, head, position) === head) return;
    }
  }
}
