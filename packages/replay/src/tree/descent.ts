import type { Tree } from "./tree.js";

/**
 * The rows of a tree of least or greatest numbers in order of these, one by one: best first from the root, which
 * looks at as many nodes as the levels have for each row that it gives. Equal ones come in any order.
 */
export class Descent {
  readonly #tree: Tree;
  /** 1 for a tree of least, -1 for one of greatest numbers. */
  readonly #sign: 1 | -1;
  /** A binary heap of nodes to look below, by their numbers as they were when they were met. */
  readonly #nodes: number[] = [];
  readonly #keys: number[] = [];

  constructor(tree: Tree, combination: "min" | "max") {
    this.#tree = tree;
    this.#sign = combination === "min" ? 1 : -1;
  }

  /** From the first row again. */
  begin(): void {
    this.#nodes.length = 0;
    this.#keys.length = 0;
    this.#push(1);
  }

  /** The next row, -1 when there is none. */
  next(): number {
    const { firstLeaf } = this.#tree;
    while (this.#nodes.length > 0) {
      const node = this.#pop();
      if (node >= firstLeaf) return node - firstLeaf;
      this.#push(2 * node);
      this.#push(2 * node + 1);
    }
    return -1;
  }

  #push(node: number): void {
    const key = this.#sign * this.#tree.nodes[node]!;
    if (key === Infinity) return; // nothing is below it
    let at = this.#nodes.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#keys[parent]! <= key) break;
      this.#nodes[at] = this.#nodes[parent]!;
      this.#keys[at] = this.#keys[parent]!;
      at = parent;
    }
    this.#nodes[at] = node;
    this.#keys[at] = key;
  }

  #pop(): number {
    const first = this.#nodes[0]!;
    const node = this.#nodes.pop()!;
    const key = this.#keys.pop()!;
    const size = this.#nodes.length;
    if (size === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#keys[child + 1]! < this.#keys[child]!) child++;
      if (this.#keys[child]! >= key) break;
      this.#nodes[at] = this.#nodes[child]!;
      this.#keys[at] = this.#keys[child]!;
      at = child;
    }
    this.#nodes[at] = node;
    this.#keys[at] = key;
    return first;
  }
}
