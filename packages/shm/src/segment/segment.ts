import { closeSync, constants, fstatSync, openSync, rmSync } from "node:fs";
import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import { libc } from "../libc.js";
import { requireSharedMemory } from "../shm-problem.js";
import { Mapping } from "./mapping.js";
import { freshName, ownerOf, pathOf } from "./segment-name.js";
import { sweepOnce } from "./sweep.js";

/** What posix_fallocate(3) gives when a signal came, when the limit of a file's size is passed, and when there is no room. */
const interrupted = 4;
const noRoom = [12, 27, 28];

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

  private constructor(name: string, mapping: Mapping) {
    this.name = name;
    this.byteLength = mapping.byteLength;
    this.#mapping = mapping;
    this.#buffer = mapping.view(0, mapping.byteLength);
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
      const segment = new Segment(name, new Mapping(file, byteLength));
      if (named.size === 0) process.once("exit", unlinkAll);
      named.add(segment);
      return segment;
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
  static open(name: string): Segment {
    requireSharedMemory();
    // A peer may have sent anything.
    if (ownerOf(name) === undefined) {
      throw new TroupeError("ERR_PROTOCOL", `${inspect(name).slice(0, 100)} is no name of a segment.`);
    }
    const file = openFile(name);
    try {
      const stat = fstatSync(file);
      if (stat.uid !== process.getuid?.()) throw foreign(name);
      // A maker that is killed between making and reserving leaves an empty one.
      if (!stat.isFile() || stat.size === 0) throw gone(name);
      return new Segment(name, new Mapping(file, stat.size));
    } finally {
      closeSync(file);
    }
  }

  /**
   * The whole of it.
   *
   * @throws ERR_CLOSED after {@link close}.
   */
  get buffer(): ArrayBuffer {
    if (this.#buffer === undefined) throw closed(this.name);
    return this.#buffer;
  }

  /**
   * An `ArrayBuffer` of its own over a piece, so that it can be watched when that is garbage collected.
   * It costs about a microsecond; a typed array over {@link buffer} costs far less.
   *
   * @throws RangeError when the piece is not within, ERR_CLOSED after {@link close}.
   */
  view(offset: number, length: number): ArrayBuffer {
    if (this.#buffer === undefined) throw closed(this.name);
    const within = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!within || offset + length > this.byteLength) {
      throw new RangeError(`${length} bytes at ${offset} are not within a segment of ${this.byteLength}.`);
    }
    return this.#mapping.view(offset, length);
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
    if (this.#buffer === undefined) return;
    this.#buffer = undefined;
    this.#mapping.giveUp();
  }

  /** {@link unlink} and {@link close}, for the one who made it. */
  [Symbol.dispose](): void {
    this.unlink();
    this.close();
  }
}

/** Another thread of this process counts its own names, so one may be taken. */
function createFile(label: string): { name: string; file: number } {
  for (;;) {
    const name = freshName(label);
    try {
      const file = openSync(pathOf(name), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
      return { name, file };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") continue;
      if (code === "ENOSPC") throw full(0, error);
      throw new TroupeError(
        "ERR_CONFIG",
        `No segment of shared memory can be made: ${(error as Error).message}.`,
        {
          cause: error,
        },
      );
    }
  }
}

function openFile(name: string): number {
  try {
    return openSync(pathOf(name), constants.O_RDWR | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "EACCES" || code === "EPERM" || code === "ELOOP" ? foreign(name) : gone(name, error);
  }
}

function reserve(file: number, byteLength: number): void {
  let problem: number;
  do problem = libc().posixFallocate(file, 0, byteLength);
  while (problem === interrupted);
  if (problem === 0) return;
  if (noRoom.includes(problem)) throw full(byteLength);
  throw new TroupeError(
    "ERR_CONFIG",
    `${byteLength} bytes of shared memory cannot be reserved (error number ${problem}).`,
  );
}

function unlinkAll(): void {
  for (const segment of named) rmSync(pathOf(segment.name), { force: true });
}

function full(byteLength: number, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_STORE_FULL",
    `There is no room for ${byteLength} bytes of shared memory; enlarge /dev/shm (a container: --shm-size) or use less.`,
    { details: { byteLength }, ...(cause === undefined ? {} : { cause }) },
  );
}

function foreign(name: string): TroupeError {
  return new TroupeError("ERR_UNAUTHORIZED", `The segment ${name} belongs to another user.`, {
    details: { name },
  });
}

function gone(name: string, cause?: unknown): TroupeError {
  return new TroupeError("ERR_CLOSED", `The segment ${name} is gone: its owner unlinked it, or died.`, {
    details: { name },
    ...(cause === undefined ? {} : { cause }),
  });
}

function closed(name: string): TroupeError {
  return new TroupeError("ERR_CLOSED", `The segment ${name} was closed here.`, { details: { name } });
}
