// The actors of the kill test of learning: a writer and a reader of replay buffers, and a runner that plays by what a
// parameter server has.
import { dist, field } from "@troupe/dist";

const forever = { max: Infinity, backoff: 0 };
const width = 64;

/** A row says which it is, and whether it is whole. */
export const schema = { number: field("float64"), data: field("float32", [width]), check: field("float64") };

/** Numbers of a tensor that is too large for a message, so that versions are in shared memory. */
const weights = 40_000;

export function tensorsOf(version) {
  return {
    kernel: { data: new Float32Array(weights).fill(version), shape: [weights / 4, 4] },
    bias: { data: new Float32Array(4).fill(version), shape: [4] },
  };
}

/** What is wrong with a version of the tensors, in words; `undefined` when it is whole. */
export function problemOf({ version, tensors }) {
  for (const [name, { data }] of Object.entries(tensors)) {
    const at = data.findIndex((value) => value !== version);
    if (at >= 0) return `version ${version} has ${data[at]} at ${at} of ${name}`;
  }
  return undefined;
}

export function rowOf(number) {
  const data = Float32Array.from({ length: width }, (_, i) => (number * 31 + i) % 1000);
  return { number, data, check: number + data.reduce((sum, value) => sum + value, 0) };
}

/** Numbers of the rows of a batch that are not whole. */
export function tornRows({ number, data, check }) {
  return [...number].filter((own, row) => {
    let sum = own;
    for (let i = 0; i < width; i++) sum += data[row * width + i];
    return sum !== check[row];
  });
}

/** Writes rows to a queue, which takes each once. */
export const Writer = dist(
  class Writer {
    constructor(queue) {
      this.head = queue.writer();
    }

    /** They are there when this is done. */
    async write(from, count) {
      for (let number = from; number < from + count; number++) await this.head.insert(rowOf(number));
    }
  },
  import.meta,
  { restarts: forever },
);

/** Samples a ring that others write. */
export const Reader = dist(
  class Reader {
    constructor(rows) {
      this.head = rows.reader();
    }

    /** The numbers of rows that were torn. */
    async sample(batches) {
      const torn = [];
      for (let i = 0; i < batches; i++) torn.push(...tornRows((await this.head.next(32)).columns));
      return torn;
    }
  },
  import.meta,
  { restarts: forever },
);

/** Plays: takes the newest version, and writes rows to the ring. */
export const Runner = dist(
  class Runner {
    version = 0;
    problem = undefined;
    next = 0;

    constructor(server, rows) {
      this.server = server;
      this.head = rows.writer();
    }

    /** The version by which it played, and what is wrong with it. */
    async play(steps) {
      const policy = await this.server.pull("policy", { newerThan: this.version });
      if (policy !== undefined) {
        this.version = policy.version;
        this.problem = problemOf(policy);
        policy.release();
      }
      for (let i = 0; i < steps; i++) this.head.write(rowOf(this.next++));
      return { version: this.version, problem: this.problem };
    }
  },
  import.meta,
  { restarts: forever },
);
