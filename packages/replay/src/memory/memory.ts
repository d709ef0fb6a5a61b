import { TroupeError } from "@troupe/core";
import { elementArrays, layout, Segment } from "@troupe/shm";

import type { Definition } from "../options.js";
import { byteLengthOf, lengthOf } from "../schema/field.js";
import { limitsOf, type RateLimits } from "../rate-limiter.js";
import { Tree } from "../tree/tree.js";
import { type Column, columnOf } from "./columns.js";
import { headerBytes, readHeader, writeHeader } from "./header.js";
import { combinationOf, maxAreas, type Plan, planFor, type TreeName } from "./plan.js";
import { Positions } from "./positions.js";
import { maxHeads } from "./row-state.js";

/** Words that all share, each on a line of the cache of its own. */
const control = layout(
  {
    /** The position that is written next. */
    head: "int32",
    /** No row that is there is before this position. */
    tail: "int32",
    /** Rows that were ever written are below it. */
    reach: "int32",
    /** Rows that are there: the stable, and those that are written over or taken. */
    live: "int32",
    /** A bit for each area that is held. */
    areasHeld: "int32",
    /** 1 when somebody was killed in the middle of something, until the counts have been put right. */
    suspect: "int32",
    /** Whoever buries the dead, or gives heads out. */
    mutex: "int32",
    /** Numbers rows where the ring does not. */
    sequence: "int64",
    /** What a rate limiter counts: begun and done. */
    insertsBegun: "int64",
    inserts: "int64",
    samplesBegun: "int64",
    samples: "int64",
  },
  { align: 64 },
);

/** Numbers of any type, when it does not matter which. */
export type Numbers = Float64Array;

/** A buffer's shared memory, as typed arrays. Whoever opens it has the same. */
export class Memory {
  readonly definition: Definition;
  readonly capacity: number;
  readonly control: ReturnType<(typeof control)["of"]>;
  /** A state for each row, see `row-state.ts`. */
  readonly states: Int32Array;
  /** How often each row was sampled, see `uses.ts`; empty when that has no limit. */
  readonly times: Int32Array;
  /** At which position each row was written. */
  readonly writtenAt: Int32Array;
  readonly order: Positions;
  readonly limits: RateLimits;
  /** Two words for each head; `heads.ts` has them. */
  readonly headWords: Int32Array;
  readonly headCounts: Float64Array;
  /** Four words for each area; `areas.ts` has them. */
  readonly areaWords: Int32Array;
  readonly trees: ReadonlyMap<TreeName, Tree>;
  /** Those whose trees go by priority. */
  readonly hasPriorities: boolean;
  readonly names: readonly string[];
  /** For each column numbers of a row, all its numbers, and how rows are copied out of it. */
  readonly lengths: readonly number[];
  readonly arrays: readonly Numbers[];
  readonly columns: readonly Column[];
  readonly #segment: Segment;

  private constructor(segment: Segment, definition: Definition, plan: Plan) {
    const { buffer } = segment;
    const { capacity, schema } = definition;
    this.#segment = segment;
    this.definition = definition;
    this.capacity = capacity;
    this.order = new Positions(capacity);
    this.limits = limitsOf(definition.rateLimiter);
    this.control = control.of(buffer, plan.control);
    this.states = new Int32Array(buffer, plan.states, capacity);
    this.times = new Int32Array(buffer, plan.times, definition.maxTimesSampled > 0 ? capacity : 0);
    this.writtenAt = new Int32Array(buffer, plan.positions, capacity);
    this.headWords = new Int32Array(buffer, plan.heads, maxHeads * 32);
    this.headCounts = new Float64Array(buffer, plan.heads, maxHeads * 16);
    this.areaWords = new Int32Array(buffer, plan.areas, maxAreas * 4);
    this.trees = new Map(
      [...plan.trees].map(([name, at]) => [name, new Tree(buffer, at, capacity, combinationOf[name])]),
    );
    this.hasPriorities = ["weight", "least", "greatest"].some((name) => this.trees.has(name as TreeName));
    this.names = Object.keys(schema);
    this.lengths = this.names.map((name) => lengthOf(schema[name]!));
    this.arrays = this.names.map((name, i) => {
      const Numbers = elementArrays[schema[name]!.type] as unknown as Float64ArrayConstructor;
      return new Numbers(buffer, plan.columns.get(name), capacity * this.lengths[i]!);
    });
    this.columns = this.names.map((name) =>
      columnOf(buffer, plan.columns.get(name)!, byteLengthOf(schema[name]!), capacity),
    );
  }

  /** @throws ERR_STORE_FULL, ERR_CONFIG where there is no shared memory */
  static create(definition: Definition): Memory {
    const plan = planFor(definition, headerBytes(definition), control.byteLength);
    const segment = Segment.create("replay", plan.byteLength);
    const memory = new Memory(segment, definition, plan);
    for (const tree of memory.trees.values()) tree.clear();
    writeHeader(segment.buffer, definition);
    return memory;
  }

  /** @throws ERR_PROTOCOL, ERR_UNAUTHORIZED, ERR_CLOSED */
  static open(name: string): Memory {
    const segment = Segment.open(name);
    try {
      const definition = readHeader(segment.buffer, name);
      const plan = planFor(definition, headerBytes(definition), control.byteLength);
      if (plan.byteLength > segment.byteLength)
        throw new TroupeError("ERR_PROTOCOL", `The replay buffer ${name} is cut short.`);
      return new Memory(segment, definition, plan);
    } catch (error) {
      segment.close();
      throw error;
    }
  }

  get name(): string {
    return this.#segment.name;
  }

  get byteLength(): number {
    return this.#segment.byteLength;
  }

  /** Rows that are there now. */
  get size(): number {
    return Math.max(0, Atomics.load(this.control.live, 0));
  }

  close(): void {
    this.#segment.close();
  }

  unlink(): void {
    this.#segment.unlink();
  }
}
