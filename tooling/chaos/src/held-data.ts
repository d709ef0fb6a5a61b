import { getHeapSnapshot } from "node:v8";

/** What the program itself holds in V8's heap. */
export interface HeldData {
  /** Objects of all kinds, functions among them. */
  readonly objects: number;
  /** Bytes of them, with the strings, numbers and elements that they hold. */
  readonly bytes: number;
}

/** The part of a heap snapshot that is read here: nodes are numbers in a row, each as many as it has fields. */
interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [types: readonly string[], ...others: unknown[]];
    };
  };
  readonly nodes: readonly number[];
}

const objectTypes = ["object", "closure", "regexp"];
const contentTypes = [
  "array",
  "string",
  "concatenated string",
  "sliced string",
  "number",
  "bigint",
  "symbol",
];

/**
 * Counts what is held, by a snapshot of the heap. What V8 keeps of its own accord (compiled code, feedback, shapes)
 * is not among it: that still grows after minutes, by more than a leak of some bytes a call would show.
 *
 * Takes seconds, and memory that the process does not give back to the system.
 */
export async function heldData(): Promise<HeldData> {
  const { snapshot, nodes } = await takeSnapshot();
  const { node_fields: fields, node_types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  const isObject = node_types[0].map((name) => objectTypes.includes(name));
  const isHeld = node_types[0].map((name) => objectTypes.includes(name) || contentTypes.includes(name));
  let [objects, bytes] = [0, 0];
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (isObject[nodes[node + type]!]) objects++;
    if (isHeld[nodes[node + type]!]) bytes += nodes[node + size]!;
  }
  return { objects, bytes };
}

async function takeSnapshot(): Promise<Snapshot> {
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Snapshot;
}
