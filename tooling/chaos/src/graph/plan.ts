import { randomOf } from "../../../../packages/testkit/src/chaos/random.js";
import { type KindName, kindNames, kinds } from "./kinds.js";
import { seenOf } from "../programs/digest.mjs";

/** A node of a graph: what it does, to which values of those before it. */
export interface GraphNode {
  readonly kind: KindName;
  readonly seed: number;
  /** Of its large values: how many numbers, of four bytes each. */
  readonly length: number;
  /** Values by their numbers in the graph, all of nodes before this one. */
  readonly args: readonly number[];
}

/** Values that a node may look back for: so far that there is much side by side, so near that there are many levels. */
const reach = 200;
/** Numbers of a large value: 64 KiB and more, one in twenty of 2 MiB. */
const [least, most, huge] = [16_384, 65_536, 524_288];

/** A graph of so many nodes, which follows from the seed. */
export function planGraph(seed: number, size: number): GraphNode[] {
  const random = randomOf(seed);
  const upTo = (count: number) => Math.floor(random() * count);
  const total = kindNames.reduce((sum, name) => sum + kinds[name].weight, 0);
  const nodes: GraphNode[] = [];
  let values = 0;
  for (let at = 0; at < size; at++) {
    let left = random() * total;
    const drawn = kindNames.find((name) => (left -= kinds[name].weight) < 0)!;
    // The first have none to take.
    const kind = values === 0 ? "leaf" : drawn;
    const [fewest, many] = kinds[kind].takes;
    const args = Array.from(
      { length: fewest + upTo(many - fewest + 1) },
      () => values - 1 - upTo(Math.min(values, reach)),
    );
    const length = random() < 0.05 ? huge : least + upTo(most - least);
    nodes.push({ kind, seed: upTo(2 ** 32), length, args });
    values += kinds[kind].gives;
  }
  return nodes;
}

/** What is to be seen of each value, in their order: the graph in plain JavaScript. */
export function answersTo(nodes: readonly GraphNode[]): number[] {
  const answers: number[] = [];
  for (const node of nodes) {
    const made = kinds[node.kind].plain(
      node,
      node.args.map((at) => answers[at]!),
    );
    for (const { digest, length } of made) answers.push(seenOf(digest, length));
  }
  return answers;
}
