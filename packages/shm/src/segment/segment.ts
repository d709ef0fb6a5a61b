import { closeSync, existsSync, renameSync, rmSync } from "node:fs";

import { TroupeError } from "@troupe/core";

import { requireSharedMemory } from "../shm-problem.js";
import { Mapping } from "./mapping.js";
import { pageSize } from "./page-size.js";
import { createFile, gone, openFile, reserve } from "./segment-file.js";
import { pathOf } from "./segment-name.js";
import { sweepOnce } from "./sweep.js";

/** How {@link Segment.open} maps a segment. */
export interface SegmentOpenOptions {
  /**
   * Whether what is written through this mapping stays in it, a page at a time: a page that was not written to
   * shows what others write, one that was does not until it is discarded ({@link Segment.discard}).
   */
  readonly isPrivate?: boolean;
}

/** Names that this thread made and that are still there; gone when it ends in order. */
const named = new Set<Segment>();

/**
 * A named piece of shared memory, mode 0600, mapped into this process.
 *
 * ```ts
 * const mine = Segment.create("counts", 4096);
 * const theirs = Segment.open(mine.name); // in any process of this user
 * mine.unlink(); // those who have it keep it; nothing is left when they are gone
 * ```
 */
export class Segment {
  /** `/troupe.<label>.<host>.<pid>.<start time>.<n>`: says whose it is, so that a crash can be cleaned up after. */
  readonly name: string;
  readonly byteLength: number;
  readonly #mapping: Mapping;
  #buffer: ArrayBuffer | undefined;
  #isClosed = false;

  private constructor(name: string, mapping: Mapping) {
    this.name = name;
    this.byteLength = mapping.byteLength;
    this.#mapping = mapping;
  }

  /**
   * Makes a segment of zeros. All of its memory is taken now, so that a full machine is an error here and not
   * a bus error at some later write.
   *
   * The first call in a process sweeps what crashed ones left ({@link sweepSegments}). The name goes with
   * {@link unlink}, or when the process ends in order.
   *
   * @param label What it is for: 1 to 40 of a-z, 0-9 and -.
   * @throws ERR_STORE_FULL when there is no room, ERR_CONFIG when shared memory is not available
   * ({@link shmProblem}) or an argument is no label or no length.
   */
  static create(label: string, byteLength: number): Segment {
    requireSharedMemory();
    if (!Number.isSafeInteger(byteLength) || byteLength <= 0) {
      throw new TroupeError(
        "ERR_CONFIG",
        `A segment's length is a whole number of bytes above 0, which ${byteLength} is not.`,
      );
    }
    sweepOnce();
    const { name, file } = createFile(label);
    try {
      reserve(file, byteLength);
      return Segment.#own(name, new Mapping(file, byteLength));
    } catch (error) {
      rmSync(pathOf(name), { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  }

  /**
   * Maps a segment that another process (or this one) made.
   *
   * @throws ERR_PROTOCOL when the text is no segment's name, ERR_UNAUTHORIZED when it is another user's,
   * ERR_CLOSED when it is gone, ERR_CONFIG when shared memory is not available.
   */
  static open(name: string, { isPrivate = false }: SegmentOpenOptions = {}): Segment {
    const { file, byteLength } = openFile(name);
    try {
      return new Segment(name, new Mapping(file, byteLength, isPrivate));
    } finally {
      closeSync(file);
    }
  }

  /**
   * Takes a segment over that another process, dead since or not, or this one made: it is renamed, and goes
   * with this process from now on. Nothing is copied; who has it mapped keeps it.
   *
   * The maker can still write to it, unless it made its mapping private before ({@link makePrivate}).
   *
   * @throws what {@link open} throws, and ERR_CONFIG when the label is none.
   */
  static adopt(name: string, label: string): Segment {
    const { file, byteLength } = openFile(name);
    try {
      // A file of that name keeps it from other threads of this process; the segment replaces it.
      const own = createFile(label);
      closeSync(own.file);
      let mapping: Mapping | undefined;
      try {
        mapping = new Mapping(file, byteLength);
        rename(name, own.name);
      } catch (error) {
        mapping?.giveUp();
        rmSync(pathOf(own.name), { force: true });
        throw error;
      }
      return Segment.#own(own.name, mapping);
    } finally {
      closeSync(file);
    }
  }

  /** One whose name goes with this thread. */
  static #own(name: string, mapping: Mapping): Segment {
    const segment = new Segment(name, mapping);
    if (named.size === 0) process.once("exit", unlinkAll);
    named.add(segment);
    return segment;
  }

  /**
   * The whole of it.
   *
   * @throws ERR_CLOSED after {@link close}.
   */
  get buffer(): ArrayBuffer {
    if (this.#isClosed) throw closed(this.name);
    return (this.#buffer ??= this.#mapping.view(0, this.byteLength));
  }

  /**
   * An `ArrayBuffer` of its own over a piece, so that it can be watched when that is garbage collected.
   * It costs about a microsecond; a typed array over {@link buffer} costs far less.
   *
   * @throws RangeError when the piece is not within, ERR_CLOSED after {@link close}.
   */
  view(offset: number, length: number): ArrayBuffer {
    if (this.#isClosed) throw closed(this.name);
    this.#checkWithin(offset, length);
    return this.#mapping.view(offset, length);
  }

  /** Whether what is written through this mapping stays in it. */
  get isPrivate(): boolean {
    return this.#mapping.isPrivate;
  }

  /**
   * What is written from now on, also through arrays that there are, stays in this mapping; they go on showing
   * the same bytes. To be called while the segment has its name. Idempotent.
   *
   * @throws ERR_CLOSED when the name is gone, or after {@link close}.
   */
  makePrivate(): void {
    if (this.#isClosed) throw closed(this.name);
    if (this.isPrivate) return;
    const { file } = openFile(this.name);
    try {
      this.#mapping.makePrivate(file);
    } finally {
      closeSync(file);
    }
  }

  /**
   * Forgets what was written to whole pages of a private mapping ({@link SegmentOpenOptions.isPrivate}): they
   * show the segment's bytes again. A shared mapping has nothing to forget. Works after {@link close} too, as
   * views do.
   *
   * @param offset A multiple of {@link pageSize}.
   * @param length Bytes, rounded up to whole pages.
   * @throws RangeError when the piece is not within, or does not begin where a page does.
   */
  discard(offset: number, length: number): void {
    this.#checkWithin(offset, length);
    if (offset % pageSize() !== 0) {
      throw new RangeError(`Pages begin at multiples of ${pageSize()}, which ${offset} is not.`);
    }
    if (this.isPrivate) this.#mapping.discard(offset, length);
  }

  /**
   * {@link unlink}s it and gives its memory back to the system now, though others have it mapped: they read
   * zeros from then on. For an owner who knows that nobody needs it.
   *
   * @throws ERR_CONFIG when the mapping is private.
   */
  erase(): void {
    if (this.isPrivate) {
      throw new TroupeError(
        "ERR_CONFIG",
        `The segment ${this.name} is mapped privately; its owner erases it.`,
      );
    }
    this.unlink();
    this.#mapping.erase();
  }

  /** Whether the name is there: nobody unlinked it or took it over. */
  get isNamed(): boolean {
    return existsSync(pathOf(this.name));
  }

  /** Takes the name away: nobody can open it any more, those who have it keep it. Idempotent. */
  unlink(): void {
    rmSync(pathOf(this.name), { force: true });
    if (named.delete(this) && named.size === 0) process.off("exit", unlinkAll);
  }

  /**
   * Gives the mapping up; the name stays ({@link unlink}). Idempotent.
   *
   * Safe at any time: views that were handed out stay readable and writable, and the memory is unmapped when
   * the last of them is garbage collected.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#buffer = undefined;
    this.#mapping.giveUp();
  }

  /** {@link unlink} and {@link close}, for the one who made it. */
  [Symbol.dispose](): void {
    this.unlink();
    this.close();
  }

  #checkWithin(offset: number, length: number): void {
    const within = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (within && offset + length <= this.byteLength) return;
    throw new RangeError(`${length} bytes at ${offset} are not within a segment of ${this.byteLength}.`);
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(pathOf(from), pathOf(to));
  } catch (error) {
    throw gone(from, error);
  }
}

function unlinkAll(): void {
  for (const segment of named) rmSync(pathOf(segment.name), { force: true });
}

function closed(name: string): TroupeError {
  return new TroupeError("ERR_CLOSED", `The segment ${name} was closed here.`, { details: { name } });
}
