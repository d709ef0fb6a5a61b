import { isTroupeError, TroupeError } from "@troupe/core";
import { Event, isThreadAlive, threadMark } from "@troupe/shm";

import type { Memory } from "./memory.js";

/** What has become of a member: the group is over when it is not 0. Of several the greatest is what is told. */
const State = { present: 0, gaveUp: 1, left: 2, died: 3 } as const;

const fates = {
  [State.gaveUp]: "gave up an operation, as its time was over or it was cancelled",
  [State.left]: "left the group",
  [State.died]: "died",
};

/** Who is in a group, and who was: seen by one of its members. */
export class Members {
  readonly rank: number;
  readonly size: number;
  /** The group's name, for messages. */
  readonly group: string;
  readonly #memory: Memory;
  readonly #bells: readonly Event[];
  #isClosed = false;

  constructor(memory: Memory, rank: number, group: string) {
    this.#memory = memory;
    this.rank = rank;
    this.size = memory.size;
    this.group = group;
    this.#bells = memory.members.map(({ bell }) => new Event(bell));
  }

  /** Whether no other member is of this thread, so that it may sleep and keeps none of those it waits for. */
  get isAlone(): boolean {
    const own = threadMark();
    return this.#memory.members.every(({ seat }, rank) => rank === this.rank || seat[0] !== own);
  }

  /** Whether this member is still in it. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws ERR_CLOSED after {@link leave}. */
  checkOpen(): void {
    if (!this.#isClosed) return;
    throw new TroupeError("ERR_CLOSED", `The group ${this.group} was closed here; join another.`, {
      details: { group: this.group, rank: this.rank },
    });
  }

  /** The first seat that is free, or -1. */
  firstAbsent(): number {
    return this.#memory.members.findIndex(({ seat }) => Atomics.load(seat, 0) === 0);
  }

  /** The error for the group's being over, if it is. */
  over(): TroupeError | undefined {
    let worst = -1;
    for (let rank = 0; rank < this.size; rank++) {
      if (rank !== this.rank && this.#stateOf(rank) > (worst < 0 ? State.present : this.#stateOf(worst)))
        worst = rank;
    }
    if (worst >= 0) return this.gone(worst);
    if (this.#stateOf(this.rank) === State.present) return undefined;
    return new TroupeError(
      "ERR_CLOSED",
      `This member of the group ${this.group} gave up an operation before, so the group is over: close it and join another.`,
      { details: { group: this.group, rank: this.rank } },
    );
  }

  /** The error for a member that is not there any more, if it is not. */
  gone(rank: number): TroupeError | undefined {
    const state = this.#stateOf(rank);
    if (state === State.present) return undefined;
    return new TroupeError(
      "ERR_PEER_LEFT",
      `Member ${rank} of the group ${this.group} ${fates[state]}; the group is over, close it and join another.`,
      { details: { group: this.group, member: rank } },
    );
  }

  /** Looks whether the threads of the others live, and notes those that do not. */
  census(): void {
    const lives = livesOnce();
    for (const [rank, { seat }] of this.#memory.members.entries()) {
      const mark = Atomics.load(seat, 0);
      if (mark !== 0 && this.#stateOf(rank) === State.present && !lives(mark)) this.#note(rank, State.died);
    }
  }

  /** This member waits for another: sleeps until that has got further, `time` milliseconds at most. */
  sleep(until: number, time: number, isOver: () => boolean): void {
    const { awaits } = this.#memory.members[this.rank]!;
    const bell = this.#bells[this.rank]!;
    bell.reset();
    // Who moves on looks at this after it did; so one of both sees the other.
    Atomics.store(awaits, 0, until + 1);
    if (!isOver()) bell.wait(time);
    Atomics.store(awaits, 0, 0);
  }

  /** Wakes those who sleep until this member has got further. */
  wake(): void {
    for (let rank = 0; rank < this.size; rank++)
      if (Atomics.load(this.#memory.members[rank]!.awaits, 0) === this.rank + 1) this.#bells[rank]!.set();
  }

  /** This member cannot go on where others may, so nobody can; unless another is why, of whom all know. */
  giveUp(because: unknown): void {
    if (isTroupeError(because, "ERR_PEER_LEFT")) return;
    this.#note(this.rank, State.gaveUp);
    this.#wakeAll();
  }

  /** Idempotent. */
  leave(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#note(this.rank, State.left);
    this.#wakeAll();
  }

  #stateOf(rank: number): 0 | 1 | 2 | 3 {
    return Atomics.load(this.#memory.members[rank]!.state, 0) as 0 | 1 | 2 | 3;
  }

  #note(rank: number, state: number): void {
    Atomics.compareExchange(this.#memory.members[rank]!.state, 0, State.present, state);
  }

  #wakeAll(): void {
    for (const bell of this.#bells) bell.set();
  }
}

/** Whether threads live: each is looked for once, though it be many members. */
export function livesOnce(): (mark: number) => boolean {
  const known = new Map([[threadMark(), true]]);
  return (mark) => {
    const isKnown = known.get(mark);
    if (isKnown !== undefined) return isKnown;
    const lives = isThreadAlive(mark);
    known.set(mark, lives);
    return lives;
  };
}
