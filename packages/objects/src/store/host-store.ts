import { isTroupeError, TroupeError } from "@troupe/core";

import { defaultCapacity, requireSharedMemory } from "./capacity.js";
import { checkBytes, type HostStoreOptions } from "./host-store-options.js";
import type { HostStoreStats } from "./host-store-stats.js";
import { IdleObjects } from "./idle-objects.js";
import { type SpilledFile, SpillFolder } from "./spill-folder.js";
import { sweepSpillFolders } from "./spill-parent.js";
import { checkLength, lengthOf } from "./lengths.js";
import { storeFull } from "./store-full.js";
import { type NewObject, newObject } from "./new-object.js";
import { roomOf, StoreMemory, wholePages } from "./store-memory.js";
import type { Block, StoreSegment } from "./store-segment.js";
import type { StoredAt } from "./stored-at.js";
import { type GoneListener, StoredObject } from "./stored-object.js";

/**
 * All object memory of one host. It lives in one process, the host's agent, whose segments outlive the processes
 * that make and read objects; those open them in place ({@link ObjectReader}).
 *
 * ```ts
 * const store = new HostStore({ capacity: 1024 ** 3 });
 * const { key, bytes } = store.create("pool-1", weights.byteLength);
 * bytes.set(weights);
 * store.seal(key);
 * const at = await store.pin(key, "pool-2"); // stays where it is until unpin(key, "pool-2")
 * ```
 *
 * When memory runs short, copies of what other stores have ({@link asCopy}) go, then sealed objects that nobody has
 * pinned go to disk, the least recently used first, and come back when they are pinned. Everything is done at once but
 * that way back.
 */
export class HostStore {
  readonly #memory: StoreMemory;
  readonly #spill: SpillFolder | undefined;
  readonly #objects = new Map<number, StoredObject>();
  readonly #idle = new IdleObjects();
  readonly #idleCopies = new IdleObjects();
  #nextKey = 1;
  #spills = 0;
  #restores = 0;
  /** The last of those that come back one after another. */
  #swapped: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** @throws ERR_CONFIG when shared memory is not available, or an option is no number of bytes. */
  constructor({
    capacity = defaultCapacity(),
    segmentBytes = 64 * 1024 * 1024,
    spill,
    spillCapacity = Infinity,
  }: HostStoreOptions = {}) {
    requireSharedMemory();
    checkBytes({ capacity, segmentBytes, spillCapacity });
    this.#memory = new StoreMemory(wholePages(capacity), segmentBytes);
    if (spill === false) return;
    sweepSpillFolders(spill);
    this.#spill = new SpillFolder(spill, spillCapacity);
  }

  /**
   * Memory for an object of that owner, a process's name. Write it, then {@link seal}. One that is not wanted
   * any more is deleted, and must not be written to from then on.
   *
   * @throws ERR_STORE_FULL when there is no room, even with all on disk that may go there; ERR_CONFIG when the
   * length is none, ERR_CLOSED.
   */
  create(owner: string, byteLength: number): NewObject {
    this.#checkOpen();
    checkLength(byteLength);
    return newObject(this.#add(owner, byteLength, this.#allocate(byteLength)));
  }

  /**
   * As {@link create}, but nothing is moved to disk for it, and it leaves half of the memory to others: `undefined`
   * where that cannot be.
   *
   * @throws ERR_CONFIG when the length is none, ERR_CLOSED.
   */
  createIfFree(owner: string, byteLength: number): NewObject | undefined {
    this.#checkOpen();
    checkLength(byteLength);
    if (this.#memory.usedBytes + roomOf(byteLength) > this.#memory.capacity / 2) return undefined;
    const block = this.#memory.allocate(byteLength);
    return block && newObject(this.#add(owner, byteLength, block));
  }

  /**
   * All of it is written: it can be pinned from now on. Idempotent.
   *
   * @throws ERR_OBJECT_LOST when it was deleted, ERR_CLOSED.
   */
  seal(key: number): void {
    const object = this.#find(key);
    object.isSealed = true;
    this.#settle(object);
  }

  /**
   * Takes a segment over that a process (this or another, perhaps dead since) made and filled, as one sealed
   * object. Nothing is copied. The maker should have called `Segment.makePrivate` before.
   *
   * @throws ERR_STORE_FULL when there is no room: the segment stays the maker's, who may try again.
   * ERR_OBJECT_LOST when it is gone; ERR_PROTOCOL and ERR_UNAUTHORIZED as `Segment.open`; ERR_CLOSED.
   */
  adopt(owner: string, segment: string): number {
    this.#checkOpen();
    try {
      const byteLength = lengthOf(segment);
      this.#makeRoom(byteLength, () => this.#memory.hasRoomFor(byteLength) || undefined);
      const object = this.#add(owner, byteLength, this.#memory.adopt(segment));
      this.seal(object.key);
      return object.key;
    } catch (error) {
      if (!isTroupeError(error, "ERR_CLOSED")) throw error;
      throw new TroupeError(
        "ERR_OBJECT_LOST",
        `The segment ${segment}, which was put as an object, is gone: its maker died, or gave it up.`,
        { details: { segment }, cause: error },
      );
    }
  }

  /**
   * Where it is in memory: at once, or by a promise when it has to come back from disk. `holder`, a process's
   * name, holds it there until it calls {@link unpin} as often as it pinned: it is not moved, and its memory is
   * not used again.
   *
   * @throws ERR_OBJECT_LOST when it was deleted, never was, or its file is gone or damaged; ERR_STORE_FULL when
   * there is no room for it to come back; ERR_CONFIG before it is sealed; ERR_CLOSED.
   */
  pin(key: number, holder: string): StoredAt | Promise<StoredAt> {
    const object = this.#find(key);
    if (!object.isSealed) {
      throw new TroupeError("ERR_CONFIG", `The object ${key} is not sealed yet: seal it, then pin it.`, {
        details: { key },
      });
    }
    object.hold(holder);
    this.#settle(object);
    if (object.restoring !== undefined) return object.restoring;
    if (object.block !== undefined) return object.at;
    return (object.restoring = this.#restore(object).finally(() => {
      object.restoring = undefined;
      this.#settle(object);
    }));
  }

  /** Gives pins back. More than the holder has are none of another holder's, and do nothing. */
  unpin(key: number, holder: string, count = 1): void {
    const object = this.#objects.get(key);
    if (object === undefined) return;
    object.letGo(holder, count);
    this.#settle(object);
  }

  /**
   * It goes with another process from now on, and is no copy if it was one.
   *
   * @throws ERR_OBJECT_LOST when it was deleted, ERR_CLOSED.
   */
  give(key: number, owner: string): void {
    const object = this.#find(key);
    object.owner = owner;
    object.isCopy = false;
    this.#settle(object);
  }

  /**
   * It is a copy of what another store has, and goes with that process: it is never moved to disk, and goes, the least
   * recently used first, when there is no room and nobody has it pinned.
   *
   * @param onGone Told once that it was deleted, also by {@link processEnded}, or had to go.
   * @throws ERR_OBJECT_LOST when it was deleted, ERR_CLOSED.
   */
  asCopy(key: number, owner: string, onGone: GoneListener): void {
    const object = this.#find(key);
    object.owner = owner;
    object.isCopy = true;
    object.onGone = onGone;
    this.#settle(object);
  }

  /** Nobody can ask for it any more; its memory is used again once no holder is left. Idempotent. */
  delete(key: number): void {
    const object = this.#objects.get(key);
    if (object !== undefined) this.#delete(object, false);
  }

  /** The pins of the process go, and the objects that it owns. */
  processEnded(name: string): void {
    for (const object of this.#objects.values()) {
      object.letGo(name, Infinity);
      if (object.owner === name) this.#delete(object, false);
      else this.#settle(object);
    }
  }

  /** The process that it goes with. @throws ERR_OBJECT_LOST when it was deleted or never was, ERR_CLOSED. */
  ownerOf(key: number): string {
    return this.#find(key).owner;
  }

  /** @throws ERR_OBJECT_LOST when it was deleted or never was, ERR_CLOSED. */
  byteLength(key: number): number {
    return this.#find(key).byteLength;
  }

  /** Gives memory that no object takes back to the system. */
  trim(): void {
    this.#memory.trim();
  }

  stats(): HostStoreStats {
    return {
      objects: this.#objects.size,
      memory: this.#memory.usedBytes,
      pinned: this.#memory.usedBytes - this.#idle.bytes - this.#idleCopies.bytes,
      reserved: this.#memory.totalBytes,
      capacity: this.#memory.capacity,
      spilled: this.#spill?.usedBytes ?? 0,
      evictable: this.#idleCopies.bytes,
      spills: this.#spills,
      restores: this.#restores,
    };
  }

  /** Everything goes, from memory and disk; what is open somewhere can be read there still. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#memory.close(this.#segmentsInUse());
    this.#spill?.close();
    this.#objects.clear();
    this.#idle.clear();
    this.#idleCopies.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #add(owner: string, byteLength: number, block: Block): StoredObject {
    const object = new StoredObject(this.#nextKey++, owner, byteLength, block);
    this.#objects.set(object.key, object);
    return object;
  }

  #find(key: number): StoredObject {
    this.#checkOpen();
    const object = this.#objects.get(key);
    if (object !== undefined && !object.isDeleted) return object;
    throw new TroupeError(
      "ERR_OBJECT_LOST",
      `The store has no object ${key}: it was deleted, or never was.`,
      {
        details: { key },
      },
    );
  }

  /** Brings what follows from an object's state up to date: whether it may go to disk, whether it goes. */
  #settle(object: StoredObject): void {
    if (this.#isClosed) return;
    const { isDeleted, isHeld, isIdle, isCopy, restoring } = object;
    if (isDeleted && !isHeld && restoring === undefined) return this.#remove(object);
    this.#idle.set(object, isIdle && !isCopy);
    this.#idleCopies.set(object, isIdle && isCopy);
  }

  #delete(object: StoredObject, isEvicted: boolean): void {
    object.isDeleted = true;
    const { onGone } = object;
    object.onGone = undefined;
    onGone?.(isEvicted);
    this.#settle(object);
  }

  #remove(object: StoredObject): void {
    // Once closed, all is gone already.
    if (!this.#objects.delete(object.key)) return;
    this.#idle.remove(object);
    this.#idleCopies.remove(object);
    if (object.block !== undefined) this.#memory.free(object.block);
    if (object.file !== undefined) this.#spill!.remove(object.file);
  }

  /** @throws ERR_STORE_FULL. */
  #allocate(byteLength: number): Block {
    return this.#makeRoom(byteLength, (isLast) => this.#memory.allocate(byteLength, isLast));
  }

  /**
   * Drops copies, and then moves objects to disk, until `take` gives something, which is told when there are no more.
   *
   * @throws ERR_STORE_FULL.
   */
  #makeRoom<T>(byteLength: number, take: (isLast: boolean) => T | undefined): T {
    const { pinned, capacity } = this.stats();
    // Nothing is moved in vain.
    if (roomOf(byteLength) > capacity - pinned) throw this.#full(byteLength);
    for (;;) {
      const copy = this.#idleCopies.first(() => true);
      const object =
        copy ?? this.#idle.first(({ byteLength }) => this.#spill?.hasRoomFor(byteLength) === true);
      const taken = take(object === undefined);
      if (taken !== undefined) return taken;
      if (object === undefined) throw this.#full(byteLength);
      if (copy !== undefined) {
        this.#delete(copy, true);
        continue;
      }
      try {
        this.#moveToDisk(object);
      } catch (error) {
        throw this.#full(byteLength, error);
      }
    }
  }

  /** @throws The system's error, and the object stays in memory. */
  #moveToDisk(object: StoredObject): void {
    object.file = this.#spill!.write(object.key, object.bytes);
    this.#idle.remove(object);
    this.#memory.free(object.block!);
    object.block = undefined;
    this.#spills++;
  }

  async #restore(object: StoredObject): Promise<StoredAt> {
    try {
      await this.#bringBack(object);
      this.#restores++;
      return object.at;
    } catch (error) {
      this.#checkOpen();
      // Those who hold it are those who wait for it, and they get this error.
      object.letAllGo();
      if (object.block !== undefined) this.#memory.free(object.block);
      object.block = undefined;
      throw error;
    }
  }

  async #bringBack(object: StoredObject): Promise<void> {
    const file = object.file!;
    try {
      object.block = this.#allocate(object.byteLength);
    } catch (error) {
      const { pinned, capacity } = this.stats();
      if (this.#idle.bytes === 0 || roomOf(object.byteLength) > capacity - pinned) throw error;
      // Others could make room, if they had its place on disk.
      const swapped = this.#swapped.then(() => this.#swap(object, file));
      this.#swapped = swapped.catch(() => {});
      return swapped;
    }
    await this.#spill!.read(file, object.bytes);
    this.#checkOpen();
    this.#spill!.remove(file);
    object.file = undefined;
  }

  /** Brings an object back by way of this process's own memory, where one is at a time: others go to its place on disk. */
  async #swap(object: StoredObject, file: SpilledFile): Promise<void> {
    this.#checkOpen();
    const bytes = new Uint8Array(object.byteLength);
    await this.#spill!.read(file, bytes);
    this.#checkOpen();
    this.#spill!.remove(file);
    try {
      object.block = this.#allocate(object.byteLength);
      object.bytes.set(bytes);
      object.file = undefined;
    } catch (error) {
      object.file = this.#spill!.writeBack(object.key, bytes);
      throw error;
    }
  }

  /** Segments with bytes that somebody reads or writes. */
  #segmentsInUse(): Set<StoreSegment> {
    const segments = new Set<StoreSegment>();
    for (const object of this.#objects.values()) {
      if (object.block !== undefined && !object.isIdle) segments.add(object.block.segment);
    }
    return segments;
  }

  #full(asked: number, cause?: unknown): TroupeError {
    return storeFull(asked, this.stats(), this.#spill !== undefined, cause);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new TroupeError("ERR_CLOSED", "The object store was closed.");
  }
}
