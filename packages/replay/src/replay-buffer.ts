import { registerExtension, TroupeError } from "@troupe/core";

import type { Batch } from "./batch.js";
import { loadRows, openSaved } from "./file/load.js";
import { saveRows } from "./file/save.js";
import { Heads } from "./memory/heads.js";
import { Memory } from "./memory/memory.js";
import { defined, type ReplayOptions } from "./options.js";
import { Reader, type ReaderOptions, type SampleOptions } from "./reader.js";
import { type ColumnsToWrite, type Row, type Schema } from "./schema/field.js";
import { checkSchema } from "./schema/wrong-data.js";
import { type ReplayStats, statisticsOf } from "./statistics.js";
import { addressHere, arrived, extensionType, fromAddress, type ReplayAddress } from "./wire.js";
import { type WriteBatchOptions, type WriteOptions, Writer, type WriterOptions } from "./writer.js";

interface Opened {
  readonly memory: Memory;
  readonly heads: Heads;
}

/** What a buffer that was saved is to be now; whatever is absent is as it was. */
export type LoadOptions<S extends Schema = Schema> = Partial<ReplayOptions<S>>;

/**
 * A replay buffer in shared memory: rows of columns, in a ring by default, that any process of this machine writes
 * and samples. No lock is on the way, no reader sees a row that is half written, and whoever is killed keeps nobody.
 *
 * ```ts
 * const schema = { obs: field("float32", [4]), reward: field("float32") };
 * const replay = new ReplayBuffer({ capacity: 100_000, schema });
 * replay.write({ obs: [0, 0, 0, 0], reward: 1 });
 * replay.sample(1)!.columns.obs; // Float32Array of 4
 * ```
 *
 * In a message a buffer travels as its name, and is the same memory for whoever gets it. To other hosts it is served
 * by `dist(ReplayBuffer)`.
 *
 * Its own `write`, `sample` and `updatePriorities` go through one write head and one read head, which it takes when
 * they are first used; {@link writer} and {@link reader} give more.
 */
export class ReplayBuffer<S extends Schema = Schema> {
  /** Where it is. Memory that is not this process's own yet is opened when it is first needed. */
  readonly address: ReplayAddress;
  /** Whether it made the memory, and takes its name away. */
  readonly #isMaker: boolean = false;
  #opened: Opened | undefined;
  #writer: Writer<S> | undefined;
  #reader: Reader<S> | undefined;
  #isClosed = false;

  static {
    registerExtension<ReplayBuffer>({
      type: extensionType,
      prototype: ReplayBuffer.prototype,
      toWire: ({ address }) => [address.kind, address.name, address.host],
      fromWire: (fields) => arrived(fields, (address) => new ReplayBuffer(address)),
    });
  }

  /** @internal What another process made, or memory that is open. */
  constructor(source: ReplayAddress | Memory);
  // The last one is what the type of an actor of this class is made from.
  /**
   * Makes one.
   *
   * @throws ERR_CONFIG for options that are wrong, or where there is no shared memory; ERR_STORE_FULL when
   * `/dev/shm` has no room.
   */
  constructor(options: ReplayOptions<S>);
  constructor(source: ReplayOptions<S> | ReplayAddress | Memory) {
    if ("host" in source) {
      this.address = source;
      return;
    }
    this.#isMaker = !(source instanceof Memory);
    const memory = source instanceof Memory ? source : Memory.create(defined(source));
    this.#opened = opened(memory);
    this.address = addressHere(memory.name);
  }

  /** Makes one, as `new` does. @throws as the constructor */
  static create<S extends Schema = Schema>(options: ReplayOptions<S>): ReplayBuffer<S> {
    return new ReplayBuffer<S>(options);
  }

  /**
   * Opens the buffer of a name that another process made.
   *
   * @param schema What it is expected to have.
   * @throws ERR_SCHEMA when it has other columns; ERR_CLOSED when it is gone; ERR_PROTOCOL when the name is none of a
   * replay buffer, or of one of another version; ERR_UNAUTHORIZED when it is another user's.
   */
  static open<S extends Schema = Schema>(name: string, schema?: S): ReplayBuffer<S> {
    const memory = Memory.open(name);
    if (schema !== undefined) {
      try {
        checkSchema(`The replay buffer ${name}`, memory.definition.schema, schema);
      } catch (error) {
        memory.close();
        throw error;
      }
    }
    return new ReplayBuffer<S>(memory);
  }

  /**
   * Makes a buffer of what {@link save} wrote: the rows in their order, with their priorities. Of too many the last.
   *
   * @throws ERR_SCHEMA when the file is none, is damaged, or has other columns than `options.schema`; ERR_CONFIG when
   * it cannot be read.
   */
  static async load<S extends Schema = Schema>(
    path: string,
    options: LoadOptions<S> = {},
  ): Promise<ReplayBuffer<S>> {
    const { file, saved } = await openSaved(path);
    try {
      const { maxTimesSampled, ...definition } = saved.head.definition;
      if (options.schema !== undefined) checkSchema(path, definition.schema, options.schema);
      const limit = maxTimesSampled > 0 ? { maxTimesSampled } : {};
      const replay = new ReplayBuffer<S>({ ...definition, ...limit, ...options } as ReplayOptions<S>);
      try {
        const { memory, heads } = replay.#use();
        const head = heads.claim("writers");
        await loadRows(file, saved, memory, head);
        head.release();
      } catch (error) {
        replay.close();
        throw error;
      }
      return replay;
    } finally {
      await file.close();
    }
  }

  /** By which any process of this machine opens it. */
  get name(): string {
    return this.address.name;
  }

  /** The columns of a row. */
  get schema(): S {
    return this.#use().memory.definition.schema as S;
  }

  /** Rows that it holds at most. */
  get capacity(): number {
    return this.#use().memory.capacity;
  }

  /** Rows that are there now. */
  get size(): number {
    return this.#use().memory.size;
  }

  /**
   * A write head of this thread.
   *
   * @throws ERR_CONFIG for options that are none; ERR_NO_RESOURCES when there are as many as the buffer was made with (`writers`).
   */
  writer(options?: WriterOptions): Writer<S> {
    const { memory, heads } = this.#use();
    return new Writer<S>(memory, heads, options);
  }

  /**
   * A read head of this thread.
   *
   * @throws ERR_CONFIG for options that are none; ERR_NO_RESOURCES when there are as many as the buffer was made with (`readers`).
   */
  reader(options?: ReaderOptions): Reader<S> {
    const { memory, heads } = this.#use();
    return new Reader<S>(memory, heads, options);
  }

  /** {@link Writer.write} */
  write(row: Row<S>, options?: WriteOptions): boolean {
    return (this.#writer ??= this.writer()).write(row, options);
  }

  /** {@link Writer.writeBatch} */
  writeBatch(columns: ColumnsToWrite<S>, options?: WriteBatchOptions): boolean {
    return (this.#writer ??= this.writer()).writeBatch(columns, options);
  }

  /** {@link Reader.sample} */
  sample(n: number, options?: SampleOptions<S>): Batch<S> | undefined {
    return (this.#reader ??= this.reader()).sample(n, options);
  }

  /** {@link Reader.updatePriorities} */
  updatePriorities(indices: ArrayLike<number>, priorities: ArrayLike<number>): number {
    return (this.#reader ??= this.reader()).updatePriorities(indices, priorities);
  }

  /** What was done with it, by all and by each head, in every process. */
  stats(): ReplayStats {
    return statisticsOf(this.#use().memory);
  }

  /**
   * Writes the rows that are there to a file, and gives how many. Others may write and sample meanwhile: rows that
   * they write are not in it, and those that they overwrite before they were copied are left out. The file appears
   * whole or not at all.
   *
   * @throws ERR_CONFIG when it cannot be written.
   */
  async save(path: string): Promise<number> {
    return saveRows(this.#use().memory, path);
  }

  /**
   * Gives its heads back, and its memory up. When the one that made the buffer is closed nobody can open it any more;
   * those who have it keep it. Idempotent.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#opened === undefined) return;
    const { memory, heads } = this.#opened;
    heads.release();
    if (this.#isMaker) memory.unlink();
    memory.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #use(): Opened {
    if (this.#isClosed)
      throw new TroupeError("ERR_CLOSED", "This replay buffer was closed; open it again by its name.");
    return (this.#opened ??= opened(fromAddress(this.address)));
  }
}

function opened(memory: Memory): Opened {
  return { memory, heads: new Heads(memory) };
}
