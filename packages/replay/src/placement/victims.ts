import type { Head } from "../memory/heads.js";
import type { Memory } from "../memory/memory.js";
import { empty, stable } from "../memory/row-state.js";
import { randomFor } from "../random.js";
import { Descent } from "../tree/descent.js";
import { Placement, type Refusal } from "./placement.js";

/** Gives rows to be overwritten one by one: the first, and others should they be gone; -1 when there is none. */
interface Victims {
  begin(): void;
  next(): number;
}

/** Rows go where room is, and when there is none where the remover says: `lifo`, `uniform`, `minHeap`, `maxHeap`. */
export class Chosen extends Placement {
  readonly #victims: Victims;
  #sequence = new Float64Array(1);

  constructor(memory: Memory, head: Head) {
    super(memory, head);
    this.#victims = victimsOf(memory, head);
  }

  claim(count: number): Refusal | undefined {
    this.begin(count);
    let begun = false;
    let fresh = 0;
    while (this.count < count) {
      if (this.memory.size + fresh < this.memory.capacity && this.#takeEmpty()) {
        fresh++;
        continue;
      }
      if (!begun) this.#victims.begin();
      begun = true;
      let victim = this.#victims.next();
      while (victim >= 0 && !this.take(victim, stable)) victim = this.#victims.next();
      if (victim >= 0) continue;
      this.giveBack();
      return "busy";
    }
    return undefined;
  }

  arrange(count: number): void {
    const { trees, control } = this.memory;
    for (let i = 0; i < count; i++) this.reach(this.slots[i]!);
    const oldest = trees.get("oldest");
    const newest = trees.get("newest");
    if (oldest === undefined && newest === undefined) return;
    if (this.#sequence.length < count) this.#sequence = new Float64Array(count);
    const first = Number(Atomics.add(control.sequence, 0, BigInt(count)));
    for (let i = 0; i < count; i++) this.#sequence[i] = first + i;
    oldest?.set(this.slots, this.#sequence, count);
    newest?.set(this.slots, this.#sequence, count);
  }

  /** Claims an empty row, looking from where the last one was found. */
  #takeEmpty(): boolean {
    const { capacity, control } = this.memory;
    let slot = Atomics.load(control.head, 0);
    for (let steps = 0; steps < capacity; steps++) {
      if (this.take(slot, empty)) {
        Atomics.store(control.head, 0, (slot + 1) % capacity);
        return true;
      }
      slot = slot + 1 === capacity ? 0 : slot + 1;
    }
    return false;
  }
}

function victimsOf(memory: Memory, head: Head): Victims {
  const { remover } = memory.definition;
  if (remover.kind === "minHeap") return new Descent(memory.trees.get("least")!, "min");
  if (remover.kind === "maxHeap") return new Descent(memory.trees.get("greatest")!, "max");
  if (remover.kind === "lifo") return new Descent(memory.trees.get("newest")!, "max");
  return anyRow(memory, head);
}

/** Rows by chance: as many tries as there are rows, then all in turn. */
function anyRow({ capacity, definition }: Memory, head: Head): Victims {
  const random = randomFor(definition.seed, head.index);
  let tries = 0;
  return {
    begin: () => (tries = 0),
    next() {
      if (tries++ < capacity) return random.below(capacity);
      return tries <= 2 * capacity ? tries - capacity - 1 : -1;
    },
  };
}
