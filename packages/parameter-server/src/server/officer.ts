import { type AnyRemote, context, currentRuntime, defineActor, stop, watch } from "@troupe/actors";
import { armDeadline, deferred, isTroupeError } from "@troupe/core";
import { type HeldValue, isPlace, objects, type StoredValue } from "@troupe/objects";

import type { Form } from "../version/form.js";
import type { VersionRecord } from "../version/version.js";
import { Board } from "./board.js";
import type { Holdings, Update } from "./update.js";

/** What an officer says to a client. */
export interface Answer {
  /** Where the tag is on the officer's board; beyond it when that has no place left. */
  readonly place: number;
  /** Absent when there is no newer version. */
  readonly record?: VersionRecord;
}

interface Held {
  readonly record: VersionRecord;
  /** What keeps the memory of the parts, whoever owned it; none for what is in the record itself. */
  readonly parts: readonly (HeldValue | undefined)[];
}

/** What an officer has of a tag. */
class Shelf {
  newest = 0;
  /** Versions up to this number were deleted. */
  deleted = 0;
  form: Form | undefined;
  /** Oldest first. */
  held: Held[] = [];
  readonly waiting = new Set<() => void>();

  constructor(readonly place: number) {}

  get latest(): VersionRecord | undefined {
    return this.held.at(-1)?.record;
  }

  /** Replaces the version of that number, which may have moved. */
  add(held: Held, history: number): void {
    const { version } = held.record;
    const isSame = ({ record }: Held) => record.version === version;
    for (const other of this.held.filter(isSame)) release(other);
    const others = this.held.filter((other) => !isSame(other));
    this.held = [...others, held].sort((a, b) => a.record.version - b.record.version);
    for (const old of this.held.splice(0, Math.max(0, this.held.length - history))) release(old);
  }
}

/**
 * Has the last versions of each tag for a host: tells those who pull where they are, keeps their memory, and writes the
 * newest on its board.
 */
export class ParameterOfficer {
  readonly #shelves = new Map<string, Shelf>();
  /** Settles when the captain has told it all that there is. */
  readonly #isReady = deferred<void>();
  #knowsAll = false;
  /** Aborts when it is to stop, which waits for those who wait for it. */
  #life!: AbortSignal;
  #board: Board | undefined;

  /**
   * @param history Versions of a tag to keep.
   * @param floor As of {@link Holdings}.
   */
  constructor(
    private readonly captain: AnyRemote,
    private readonly history: number,
    private readonly floor: number,
  ) {}

  /** The process that has the store of its host. */
  agent(): string {
    return currentRuntime()!.node.agent;
  }

  /** What the clients of its host open. `undefined` where shared memory is not available. */
  boardName(): string | undefined {
    return this.#board?.name;
  }

  onStart(): void {
    const { self, signal } = context();
    this.#life = signal;
    signal.addEventListener("abort", () => this.#dismiss());
    try {
      this.#board = Board.create();
    } catch (error) {
      context().log.warn(
        { err: error },
        "there is no shared memory for a board: unchanged pulls take a call",
      );
    }
    void this.#endWith(self);
  }

  onStop(): void {
    this.#board?.end();
    for (const { held } of this.#shelves.values()) held.forEach(release);
  }

  /**
   * Takes versions, and what is told of tags; resolves when they can be pulled.
   *
   * @param isAll Whether that is all that there is; before it nobody gets an answer.
   * @returns Ids of versions whose memory is not where they say.
   * @throws ERR_STORE_FULL
   */
  async publish(updates: readonly Update[], isAll: boolean): Promise<string[]> {
    const taken = await Promise.allSettled(updates.map((update) => this.#take(update)));
    if (isAll) {
      this.#knowsAll = true;
      this.#isReady.resolve();
    }
    return taken.flatMap((outcome, index) => {
      if (outcome.status === "fulfilled") return [];
      if (!isTroupeError(outcome.reason, "ERR_OBJECT_LOST")) throw outcome.reason;
      return [updates[index]!.record!.id];
    });
  }

  /**
   * The newest version of a tag, if it is newer.
   *
   * @param isPatient Whether to wait for one that is, until the caller gives up.
   * @throws ERR_ACTOR_DIED when it is to stop meanwhile
   */
  async pull(tag: string, newerThan: number, isPatient: boolean): Promise<Answer> {
    await this.#isReady.promise;
    this.#life.throwIfAborted();
    const shelf = this.#shelf(tag);
    const isThere = () => (shelf.latest?.version ?? 0) > newerThan;
    if (isPatient && !isThere()) await this.#untilNext(shelf, isThere);
    this.#life.throwIfAborted();
    const { place, latest } = shelf;
    return isThere() ? { place, record: latest! } : { place };
  }

  /** All that it has, for a captain that has lost it; `undefined` when it was never told all that there is. */
  holdings(): Holdings | undefined {
    if (!this.#knowsAll) return undefined;
    const tags = Array.from(this.#shelves, ([tag, { newest, form, held }]) => ({
      tag,
      newest,
      form,
      records: held.map(({ record }) => record),
    }));
    return { floor: this.floor, tags };
  }

  /** The parts of a version as memory that the captain takes over: copies. `undefined` when it has none. */
  async hand(tag: string, version: number): Promise<StoredValue[] | undefined> {
    const held = this.#shelves.get(tag)?.held.find(({ record }) => record.version === version);
    if (!held) return undefined;
    const copies = held.record.parts.map(async (part, index) =>
      isPlace(part) ? (await objects.store(held.parts[index]!.read())).stored : part,
    );
    return Promise.all(copies);
  }

  async #take({ tag, newest, form, record }: Update): Promise<void> {
    const shelf = this.#shelf(tag);
    if (record && form) {
      const held = { record, parts: await holdAll(record.parts) };
      // That took its time.
      if (record.version <= shelf.deleted) return release(held);
      shelf.form = form;
      shelf.add(held, this.history);
    } else {
      shelf.deleted = newest;
      const isDeleted = ({ record: { version } }: Held) => version <= newest;
      for (const held of shelf.held.filter(isDeleted)) release(held);
      shelf.held = shelf.held.filter((held) => !isDeleted(held));
    }
    shelf.newest = Math.max(newest, shelf.newest);
    this.#board?.set(shelf.place, shelf.latest?.version ?? 0);
    for (const look of shelf.waiting) look();
  }

  #shelf(tag: string): Shelf {
    let shelf = this.#shelves.get(tag);
    if (!shelf) this.#shelves.set(tag, (shelf = new Shelf(this.#shelves.size)));
    return shelf;
  }

  /** Ends all waits. */
  #dismiss(): void {
    this.#isReady.resolve();
    for (const { waiting } of this.#shelves.values()) for (const look of waiting) look();
  }

  /** Until it is there, the caller has given up, or the officer is to stop. */
  #untilNext(shelf: Shelf, isThere: () => boolean): Promise<void> {
    const { signal } = context();
    return new Promise((resolve) => {
      const end = () => {
        shelf.waiting.delete(look);
        disarm();
        resolve();
      };
      const look = () => {
        if (isThere() || this.#life.aborted) end();
      };
      shelf.waiting.add(look);
      const disarm = armDeadline("a pull", { signal }, end);
    });
  }

  /** It outlives the captain's processes, and not the captain; one that is stopped stops its officers itself. */
  async #endWith(self: AnyRemote): Promise<void> {
    try {
      for await (const event of watch(this.captain))
        if (event === "died") await stop(self, "its captain has died");
    } catch (error) {
      if (!isTroupeError(error)) throw error;
    }
  }
}

/** Keeps the memory of parts, of all or of none. @throws ERR_OBJECT_LOST */
async function holdAll(parts: readonly StoredValue[]): Promise<(HeldValue | undefined)[]> {
  const holding = await Promise.allSettled(
    parts.map(async (part) => (isPlace(part) ? objects.hold(part) : undefined)),
  );
  const failed = holding.find((outcome) => outcome.status === "rejected");
  const held = holding.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : undefined));
  if (!failed) return held;
  for (const part of held) part?.release();
  throw failed.reason;
}

/** The memory of a version that is not kept any more is used again as soon as nobody has it open. */
function release({ parts }: Held): void {
  for (const part of parts) part?.release();
}

defineActor(ParameterOfficer, {
  module: import.meta.url,
  options: {
    // Who waits for the next version holds nobody up, and is not slow.
    concurrency: "unbounded",
    methods: { pull: { slowCall: 0 } },
  },
});
