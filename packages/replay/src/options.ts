import { parseConfig, TroupeError } from "@troupe/core";
import { z } from "zod";

import { maxHeads } from "./memory/row-state.js";
import { limitsOf, minSize, type RateLimiter } from "./rate-limiter.js";
import { fifo, type Remover, type Sampler, uniform } from "./policies.js";
import { arrays, field, type Field, lengthOf, type Schema } from "./schema/field.js";

/** What a buffer is to be. */
export interface ReplayOptions<S extends Schema = Schema> {
  /** Rows that it holds at most, 1 to 2^29. */
  readonly capacity: number;
  /** Its columns. */
  readonly schema: S;
  /** Writers that there may be at once, over all processes. 16 by default, 126 with the readers at most. */
  readonly writers?: number | undefined;
  /** Readers that there may be at once, over all processes. 16 by default. */
  readonly readers?: number | undefined;
  /** Which rows are sampled; `uniform()` by default. */
  readonly sampler?: Sampler | undefined;
  /** Which row makes room for a new one; `fifo()` by default. */
  readonly remover?: Remover | undefined;
  /** When rows may be written and sampled; `minSize(1)` by default. */
  readonly rateLimiter?: RateLimiter | undefined;
  /** After how many samples a row is removed, 1 to 255. Absent: never for that. */
  readonly maxTimesSampled?: number | undefined;
  /** For samples that are the same in each run: each head draws by this and its own number. Absent: at random. */
  readonly seed?: number | undefined;
}

/** {@link ReplayOptions} in full, as the memory has them for those who open it. */
export interface Definition {
  readonly capacity: number;
  readonly schema: Schema;
  readonly writers: number;
  readonly readers: number;
  readonly sampler: Sampler;
  readonly remover: Remover;
  readonly rateLimiter: RateLimiter;
  /** 0: without end. */
  readonly maxTimesSampled: number;
  readonly seed?: number | undefined;
}

const count = z.int().min(1);
const heads = count.max(maxHeads - 2);
const policy = <const Kinds extends readonly string[]>(...kinds: Kinds) =>
  z.looseObject({ kind: z.enum(kinds) });

const shape = z.strictObject({
  capacity: count.max(2 ** 29),
  schema: z.record(
    z.string().min(1).max(200),
    z.strictObject({
      type: z.enum(Object.keys(arrays) as (keyof typeof arrays)[]),
      shape: z.array(z.int().min(1)).readonly(),
    }),
  ),
  writers: heads.default(16),
  readers: heads.default(16),
  sampler: policy("uniform", "prioritized", "fifo", "lifo", "newest", "minHeap", "maxHeap").optional(),
  remover: policy("fifo", "lifo", "uniform", "minHeap", "maxHeap").optional(),
  rateLimiter: policy("minSize", "sampleToInsertRatio", "queue").optional(),
  maxTimesSampled: count.max(255).optional(),
  seed: z.int().optional(),
});

/** @throws ERR_CONFIG for what is no option, out of range, or does not go together. */
export function defined(options: ReplayOptions): Definition {
  const checked = parseConfig("new ReplayBuffer", shape, options);
  const { capacity, writers, readers, maxTimesSampled = 0, seed } = checked;
  const schema = fields(checked.schema);
  if (writers + readers > maxHeads - 2)
    throw wrong(`writers and readers are ${maxHeads - 2} together at most, not ${writers + readers}`);
  const rateLimiter = options.rateLimiter ?? minSize(1);
  const limits = limitsOf(rateLimiter);
  if (limits.minSize > capacity)
    throw wrong(`${limits.minSize} rows are to be there before one is sampled, of ${capacity} at most`);
  if (rateLimiter.kind === "queue" && rateLimiter.size > capacity)
    throw wrong(`a queue of ${rateLimiter.size} does not fit into a capacity of ${capacity}`);
  return {
    capacity,
    schema,
    writers,
    readers,
    sampler: options.sampler ?? uniform(),
    remover: options.remover ?? fifo(),
    rateLimiter,
    maxTimesSampled,
    ...(seed === undefined ? {} : { seed }),
  };
}

function fields(schema: Schema): Schema {
  const names = Object.keys(schema);
  if (names.length === 0) throw wrong("a schema has one column at least");
  const result: Record<string, Field> = {};
  for (const name of names) {
    const { type, shape } = schema[name]!;
    result[name] = field(type, shape);
    if (!Number.isSafeInteger(lengthOf(result[name]))) throw wrong(`the column ${name} is too large`);
  }
  return result;
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `new ReplayBuffer: ${problem}.`);
}
