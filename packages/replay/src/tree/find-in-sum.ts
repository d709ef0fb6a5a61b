import type { Tree } from "./tree.js";

/**
 * The row at `target`, from 0 to the sum: rows lie on that line beside each other, each as long as its number. The
 * descent of Schaul et al. (2016), B.2.1. While others change the tree it may end at a row that is not there.
 */
export function findInSum({ nodes, firstLeaf }: Tree, target: number): number {
  let node = 1;
  let left = target;
  while (node < firstLeaf) {
    node *= 2;
    const sum = nodes[node]!;
    // Rounding may leave a target past the end of the right side; where nothing is on the right it is on the left.
    if (left < sum || nodes[node + 1] === 0) continue;
    left -= sum;
    node++;
  }
  return node - firstLeaf;
}
