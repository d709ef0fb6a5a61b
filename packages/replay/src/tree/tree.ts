import { fence } from "../memory/fence.js";

/** How a node follows from its two children, and the leaf of a row that is not there. */
export type Combination = "sum" | "min" | "max";

export const neutral = { sum: 0, min: Infinity, max: -Infinity } as const;

/**
 * A number for each row, in shared memory, and over them a binary tree of their sums, least or greatest. Any number
 * of processes change it without a lock.
 *
 * Who changes a leaf puts its ancestors right from the bottom up: stores what the children give, and after a fence
 * looks whether they still give it. Of two who change children of one node the last to store it sees both, so once
 * all have ended the tree is right; until then some sums are late. Who is killed leaves some wrong, until they are
 * changed again, or all are put right by {@link mendAll}.
 */
export class Tree {
  /** Where the leaf of row 0 is; the children of node i are 2i and 2i + 1, its root is 1. */
  readonly firstLeaf: number;
  readonly nodes: Float64Array;
  readonly #combination: Combination;
  #pending = new Int32Array(64);

  /** @param offset Of its memory in the buffer, a multiple of 8. */
  constructor(buffer: ArrayBufferLike, offset: number, capacity: number, combination: Combination) {
    this.firstLeaf = leavesFor(capacity);
    this.nodes = new Float64Array(buffer, offset, 2 * this.firstLeaf);
    this.#combination = combination;
  }

  static byteLength(capacity: number): number {
    return 16 * leavesFor(capacity);
  }

  /** In fresh memory: no row is there. */
  clear(): void {
    this.nodes.fill(neutral[this.#combination]);
  }

  get root(): number {
    return this.nodes[1]!;
  }

  leaf(slot: number): number {
    return this.nodes[this.firstLeaf + slot]!;
  }

  /** Gives rows their numbers. */
  set(slots: Int32Array, values: Float64Array, count: number): void {
    const { nodes, firstLeaf } = this;
    for (let i = 0; i < count; i++) nodes[firstLeaf + slots[i]!] = values[i]!;
    this.#mend(slots, count);
  }

  /** The rows are not there any more. */
  remove(slots: Int32Array, count: number): void {
    const { nodes, firstLeaf } = this;
    const none = neutral[this.#combination];
    for (let i = 0; i < count; i++) nodes[firstLeaf + slots[i]!] = none;
    this.#mend(slots, count);
  }

  /** Puts every node right, after somebody was killed. */
  mendAll(): void {
    const all = new Int32Array(this.firstLeaf / 2);
    for (let first = this.firstLeaf / 2; first >= 1; first /= 2) {
      for (let i = 0; i < first; i++) all[i] = first + i;
      this.#settle(all, first);
    }
  }

  #mend(slots: Int32Array, count: number): void {
    if (this.#pending.length < count) this.#pending = new Int32Array(2 * count);
    const pending = this.#pending;
    let left = 0;
    for (let i = 0; i < count; i++) {
      const parent = (this.firstLeaf + slots[i]!) >> 1;
      if (left === 0 || pending[left - 1] !== parent) pending[left++] = parent;
    }
    // A level whose nodes were all right has been put right, and what is above it, by whoever changed it.
    while (this.#settle(pending, left) && pending[0]! > 1) left = parentsOf(pending, left);
  }

  /** Makes the nodes agree with their children, and says whether one had to be changed. */
  #settle(pending: Int32Array, count: number): boolean {
    let changed = false;
    for (let again = true; again;) {
      again = false;
      fence();
      for (let i = 0; i < count; i++) {
        const node = pending[i]!;
        const value = this.#combined(node);
        if (this.nodes[node] === value) continue;
        this.nodes[node] = value;
        again = true;
      }
      changed ||= again;
    }
    return changed;
  }

  #combined(node: number): number {
    const left = this.nodes[2 * node]!;
    const right = this.nodes[2 * node + 1]!;
    if (this.#combination === "sum") return left + right;
    if (this.#combination === "min") return left < right ? left : right;
    return left > right ? left : right;
  }
}

/** Replaces nodes by their parents, each once where siblings stand beside each other. */
function parentsOf(nodes: Int32Array, count: number): number {
  let left = 0;
  for (let i = 0; i < count; i++) {
    const parent = nodes[i]! >> 1;
    if (left === 0 || nodes[left - 1] !== parent) nodes[left++] = parent;
  }
  return left;
}

function leavesFor(capacity: number): number {
  return 2 ** Math.max(1, Math.ceil(Math.log2(capacity)));
}
