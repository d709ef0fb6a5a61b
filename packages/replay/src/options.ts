import { inspect } from "node:util";

import { checkKnown, TroupeError } from "@troupe/core";

import { maxHeads } from "./memory/row-state.js";
import { maxUses } from "./memory/uses.js";
import { limitsOf, minSize, type RateLimiter } from "./rate-limiter.js";
import { fifo, type Remover, type Sampler, uniform } from "./policies.js";
import { field, type Field, lengthOf, type Schema } from "./schema/field.js";

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

const samplers = ["uniform", "prioritized", "fifo", "lifo", "newest", "minHeap", "maxHeap"];
const removers = ["fifo", "lifo", "uniform", "minHeap", "maxHeap"];
const rateLimiters = ["minSize", "sampleToInsertRatio", "queue"];
const names = [
  "capacity",
  "schema",
  "writers",
  "readers",
  "sampler",
  "remover",
  "rateLimiter",
  "maxTimesSampled",
  "seed",
] as const;

/** @throws ERR_CONFIG for what is no option, out of range, or does not go together. */
export function defined(options: ReplayOptions): Definition {
  checkKnown("new ReplayBuffer", options, names);
  const { capacity, writers = 16, readers = 16, maxTimesSampled, seed } = options;
  checkCount("capacity", capacity, 2 ** 29);
  checkCount("writers", writers, maxHeads - 2);
  checkCount("readers", readers, maxHeads - 2);
  if (maxTimesSampled !== undefined) checkCount("maxTimesSampled", maxTimesSampled, maxUses);
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw wrong(`seed is a whole number, not ${inspect(seed)}`);
  checkKind("sampler", options.sampler, samplers);
  checkKind("remover", options.remover, removers);
  checkKind("rateLimiter", options.rateLimiter, rateLimiters);
  const schema = fields(options.schema);
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
    maxTimesSampled: maxTimesSampled ?? 0,
    ...(seed === undefined ? {} : { seed }),
  };
}

function fields(schema: Schema): Schema {
  if (typeof schema !== "object" || schema === null || Object.keys(schema).length === 0)
    throw wrong("schema has one column at least, each made by field()");
  const result: Record<string, Field> = {};
  for (const [name, column] of Object.entries(schema)) {
    try {
      result[name] = field(column.type, column.shape);
    } catch (error) {
      throw wrong(`schema.${name}: ${(error as Error).message}`);
    }
    if (!Number.isSafeInteger(lengthOf(result[name]))) throw wrong(`schema.${name} is too large`);
  }
  return result;
}

function checkCount(name: string, value: unknown, most: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most) return;
  throw wrong(`${name} is a whole number from 1 to ${most}, not ${inspect(value)}`);
}

function checkKind(
  name: string,
  value: { readonly kind: string } | undefined,
  kinds: readonly string[],
): void {
  if (value === undefined || kinds.includes(value.kind)) return;
  throw wrong(`${name} is made by one of ${kinds.join("(), ")}(); it is ${inspect(value)}`);
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `new ReplayBuffer: ${problem}.`);
}
