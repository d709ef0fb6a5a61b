import { TroupeError } from "@troupe/core";
import { isThreadAlive, layout, Segment, threadMark } from "@troupe/shm";

/** Tags of an officer that have a place on its board; its clients ask it for the others. */
const places = 1_024;

const fields = layout({
  /** The thread of the officer: when that is gone, nobody writes any more. */
  writer: "int32",
  /** 1 once nobody writes any more. */
  closed: "int32",
  /** The newest version of each tag that has a place; 0 for none. */
  newest: ["int64", places],
});

/** Milliseconds for which a writer that was seen alive is taken to be: so long its board may be read after its death. */
export const boardTrust = 100;

/**
 * Where an officer writes which version of each tag is the newest, in shared memory: the processes of its host see
 * there that there is nothing new, without asking anybody.
 */
export class Board {
  #lastLook = -Infinity;

  private constructor(
    private readonly segment: Segment,
    private readonly views = fields.of(segment.buffer),
  ) {}

  /** @throws ERR_STORE_FULL, ERR_CONFIG where there is no shared memory */
  static create(): Board {
    const board = new Board(Segment.create("parameters", fields.byteLength));
    Atomics.store(board.views.writer, 0, threadMark());
    return board;
  }

  /** @throws ERR_CLOSED when its officer is gone, ERR_PROTOCOL, ERR_UNAUTHORIZED */
  static open(name: string): Board {
    const segment = Segment.open(name);
    if (segment.byteLength >= fields.byteLength) return new Board(segment);
    segment.close();
    throw new TroupeError("ERR_PROTOCOL", `${name} is not what an officer of parameters writes.`);
  }

  get name(): string {
    return this.segment.name;
  }

  /** Whether its officer is known to be gone; one that was killed is found out within {@link boardTrust}. */
  get isAbandoned(): boolean {
    const { closed, writer } = this.views;
    if (Atomics.load(closed, 0) === 1) return true;
    const now = performance.now();
    if (now - this.#lastLook < boardTrust) return false;
    this.#lastLook = now;
    return !isThreadAlive(Atomics.load(writer, 0));
  }

  /** The newest version of the tag at that place. */
  newest(place: number): number {
    return Number(Atomics.load(this.views.newest, place));
  }

  /** Of places that there are; others are written nowhere. */
  set(place: number, version: number): void {
    if (place < places) Atomics.store(this.views.newest, place, BigInt(version));
  }

  has(place: number): boolean {
    return place < places;
  }

  /** For the officer: nothing is written any more, and nobody can open it. */
  end(): void {
    Atomics.store(this.views.closed, 0, 1);
    this.segment[Symbol.dispose]();
  }

  /** For those who have opened it. */
  close(): void {
    this.segment.close();
  }
}
