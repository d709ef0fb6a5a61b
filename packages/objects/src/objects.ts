import { TroupeError, type WaitOptions, withDeadline } from "@troupe/core";

import { takeAllocated } from "./alloc/alloc.js";
import { awaitedHere } from "./awaited-here.js";
import { OtherHosts, type Spread, type SpreadOptions } from "./hosts/other-hosts.js";
import { collectGarbage } from "./memory/collect-garbage.js";
import { LocalMemory } from "./memory/local-memory.js";
import type { Memory } from "./memory/memory.js";
import { collectOp, Reclaimer } from "./memory/reclaimer.js";
import { RemoteMemory } from "./memory/remote-memory.js";
import { whenCollected } from "./memory/when-collected.js";
import { after, type MaybePromise } from "./maybe-promise.js";
import type { ObjectPort } from "./port.js";
import { isObjectRef, isReleased, knownBy, ObjectRef } from "./ref/object-ref.js";
import { Travel } from "./ref/travel.js";
import { collecting } from "./ref/wire.js";
import type { HostStoreOptions } from "./store/host-store-options.js";
import { HostStore } from "./store/host-store.js";
import type { HostStoreStats } from "./store/host-store-stats.js";
import type { Surroundings } from "./surroundings.js";
import { Borrower } from "./table/borrower.js";
import { Expected } from "./table/expected.js";
import { Owned } from "./table/owned.js";
import { Owner } from "./table/owner.js";
import { defaults, type Settings } from "./transfer/settings.js";
import { layOut, pack, packSmall } from "./value/packed.js";
import { isLarge, type Place, sizeOf, storeFrom, type StoredValue } from "./value/stored-value.js";
import type { HeldValue } from "./view/held-value.js";
import { Reader } from "./view/reader.js";
import { partition, type WaitForOptions, type WaitOutcome } from "./wait.js";

/** A value as it may travel in a message, and references in it, which are to travel beside it. */
export interface Stored {
  readonly stored: StoredValue;
  readonly refs: readonly ObjectRef[];
}

/** Told when somebody in this process begins to wait for an object, and when that is over. */
export type WaitListener = (begins: boolean) => void;

/** How the objects of a host are kept, and what it takes of other hosts. */
export interface ObjectsOptions extends HostStoreOptions {
  /** The folder in which this host takes files that others send, with all below it. Default: none are taken. */
  readonly files?: string | undefined;
}

/** What {@link Objects.stats} gives. */
export type ObjectsStats = ReturnType<Objects["stats"]>;

/** The system request by which a process says what its store of objects holds. */
const storeStatsOp = "object-store-stats";

/** The name of the process that starts a cluster. */
const driver = "driver-0";

/**
 * What one process knows of objects: its own, and those that it borrows of other processes. It works alone; a cluster
 * that the process is part of is joined by {@link Objects.join}.
 */
export class Objects {
  readonly #ports: ObjectPort[] = [];
  readonly #surroundings: Surroundings & { self: string };
  readonly #owner: Owner;
  readonly #borrower = new Borrower();
  readonly #reader: Reader;
  /** References on their way, for the codec. */
  readonly travel: Travel;
  readonly #waitListeners = new Set<WaitListener>();
  readonly #reclaimer = new Reclaimer();
  readonly #local: Memory;
  /** The store of this host, where another process has it, by the cluster that says so. */
  readonly #remote = new Map<ObjectPort, Memory>();
  /** The hosts of each cluster for which this process has its host's store. */
  readonly #hosts = new Map<ObjectPort, OtherHosts>();
  #store: HostStore | undefined;
  #options: ObjectsOptions = {};

  constructor() {
    this.#local = new LocalMemory(
      () => this.hostStore,
      () => this.#surroundings.self,
      () => last(this.#hosts),
      this.#reclaimer,
    );
    const memory = () => last(this.#remote) ?? this.#local;
    this.#surroundings = {
      self: driver,
      get memory() {
        return memory();
      },
      portOf: (context) => this.#ports.find(({ transport }) => transport === context) ?? this.#ports.at(-1),
    };
    this.#owner = new Owner(this.#surroundings);
    this.#reader = new Reader(this.#surroundings, this.#owner, this.#borrower);
    this.travel = new Travel(this.#surroundings, this.#owner, this.#borrower);
  }

  /**
   * Joins a cluster: objects may be sent to its other processes from now on. Those of a process that is in none yet take
   * its name there; where some of them lie in a store of its own, it keeps that, and others get them as from another host.
   *
   * @param host Name of the process that has the store of this host; this one by default.
   */
  join(port: ObjectPort, host = port.name): void {
    if (this.#ports.length === 0) {
      this.#owner.rename(port.name);
      if (this.#store && this.#store.stats().objects > 0) host = port.name;
    }
    this.#ports.push(port);
    this.#surroundings.self = port.name;
    this.#owner.serve(port);
    this.#borrower.serve(port);
    port.serve(collectOp, collectGarbage);
    port.serve(storeStatsOp, () => this.#store?.stats());
    if (host !== port.name) this.#remote.set(port, new RemoteMemory(port, host));
    else this.#hosts.set(port, new OtherHosts(() => this.hostStore, this.#reclaimer, this.#settings, port));
  }

  /** The cluster is closed. */
  leave(port: ObjectPort): void {
    const at = this.#ports.indexOf(port);
    if (at !== -1) this.#ports.splice(at, 1);
    this.#remote.delete(port);
    this.#hosts.get(port)?.close();
    this.#hosts.delete(port);
  }

  /** How the store of this host is to be, unless there is one already, and what it takes of other hosts. */
  configure(options: ObjectsOptions): void {
    this.#options = options;
  }

  /** The store of this host, in the process that has it. */
  get hostStore(): HostStore {
    return (this.#store ??= new HostStore(this.#options));
  }

  /** Gives the store's memory back. Nothing of this process is to be got after that. */
  close(): void {
    this.#store?.close();
  }

  /** Objects that this process owns, that it borrows; what its store holds, and what it exchanges with others, if it has one. */
  stats() {
    return {
      owned: this.#owner.size,
      borrowed: this.#borrower.size,
      store: this.#store?.stats(),
      hosts: last(this.#hosts)?.stats(),
    };
  }

  /**
   * What the store of a process of a cluster holds; `undefined` when there is none, or none yet.
   *
   * @throws ERR_ACTOR_DIED, ERR_TIMEOUT, ERR_CANCELLED
   */
  async storeOf(
    port: ObjectPort,
    process: string,
    options?: WaitOptions,
  ): Promise<HostStoreStats | undefined> {
    const stats = await port.request(process, storeStatsOp, null, options);
    return (stats ?? undefined) as HostStoreStats | undefined;
  }

  /**
   * Puts a value into the object store, as it is now.
   *
   * @throws ERR_NOT_SERIALIZABLE, ERR_STORE_FULL; in a process that does not have the store ERR_STORE_FULL comes with
   *   `get`.
   */
  put<T>(value: T): ObjectRef<T> {
    if (isObjectRef(value))
      throw new TroupeError("ERR_CONFIG", "put() takes a value, and this is a reference to one already.");
    const expected = this.expect<T>();
    const { inside, packed: stored } = collecting(() => this.#adopt(value) ?? this.#write(value, true));
    if (stored instanceof Promise) {
      stored.then(
        (there) => expected.settleHolding(there, inside),
        (error: unknown) => {
          for (const known of inside) known.release();
          expected.fail(error);
        },
      );
    } else expected.settleHolding(stored, inside);
    return expected.ref;
  }

  /** An object of this process whose value is to come. */
  expect<T = unknown>(): Expected<T> {
    const owned = this.#owner.create();
    const ref = new ObjectRef<T>(owned);
    return new Expected(ref, owned, this.#surroundings);
  }

  /**
   * Gives up what an object of this process is to come from, if that was said by {@link Expected.comesFrom}.
   *
   * @param id Of the object, as {@link ObjectRef.id}.
   * @returns Whether there was anything to give up.
   */
  cancel(id: string): boolean {
    const owned = this.#owner.get(Number(id.slice(id.lastIndexOf("/") + 1)));
    const source = owned?.source;
    source?.cancel();
    return source !== undefined;
  }

  /**
   * A value as it may travel in a message. When it is large it is put into the store of this host, and is the
   * receiver's once that has given it to an {@link Expected}.
   *
   * @param isHasty Whether the value may change as soon as this returns.
   * @throws ERR_NOT_SERIALIZABLE, ERR_STORE_FULL
   */
  store(value: unknown, isHasty = false): MaybePromise<Stored> {
    const { inside, packed } = collecting(() => this.#write(value, isHasty));
    return after(packed, (stored) => {
      const refs = inside.map((known) => new ObjectRef(known));
      for (const known of inside) known.release();
      return { stored, refs };
    });
  }

  /** As {@link store}, for what is small and has no references in it. */
  storeSmall(value: string | number | boolean | bigint | null | undefined): StoredValue {
    return [packSmall(value)!];
  }

  /** The value of what {@link store} gave. @throws ERR_OBJECT_LOST */
  load(stored: StoredValue): MaybePromise<unknown> {
    return this.#reader.load(stored);
  }

  /**
   * Keeps the memory of a value that {@link store} has put into a store, also when its owner's process ends.
   *
   * @throws ERR_OBJECT_LOST
   */
  hold(place: Place): MaybePromise<HeldValue> {
    return this.#reader.hold(place);
  }

  /** What an object is, once it is ready. @throws Why it has failed. */
  stored(ref: ObjectRef): MaybePromise<StoredValue> {
    const known = knownBy(ref);
    if (known.stored) return known.stored;
    return this.#reader.settled(known).then(() => known.stored ?? Promise.reject(known.error!));
  }

  /**
   * One more reference to an object, that is released by itself.
   *
   * @throws ERR_CONFIG for what is no reference, ERR_OBJECT_LOST for one that was released
   */
  retain<T>(ref: ObjectRef<T>): ObjectRef<T> {
    return new ObjectRef<T>(knownBy(ref));
  }

  /** Settles when the object is ready or has failed. Never rejects. */
  whenReady(ref: ObjectRef): Promise<void> {
    return this.#reader.settled(knownBy(ref));
  }

  /** Whether nobody has to wait for an object: it is ready or has failed, or the reference was released. */
  isSettled(ref: ObjectRef): boolean {
    return isReleased(ref) || this.#reader.isSettled(knownBy(ref));
  }

  /**
   * Calls back once all the objects are ready or have failed; at once when they are. Those who wait so are not told to
   * the listeners of {@link onWait}.
   *
   * @returns Takes that back.
   * @throws ERR_CONFIG for what is no reference, ERR_OBJECT_LOST for one that was released
   */
  onceSettled(refs: readonly ObjectRef[], done: () => void): () => void {
    const pending = refs.map(knownBy).filter((known) => !this.#reader.isSettled(known));
    let left = pending.length;
    if (left === 0) done();
    const withdrawals = pending.map((known) =>
      known.whenSettled(() => {
        if (--left === 0) done();
      }),
    );
    return () => {
      for (const withdraw of withdrawals) withdraw();
    };
  }

  /**
   * Somebody found that an object's memory is lost: has it computed again, and says what it is then.
   *
   * @param lost What it was.
   * @throws ERR_OBJECT_LOST, or why it has failed then
   */
  async storedAgain(ref: ObjectRef, lost: StoredValue, cause?: Error): Promise<StoredValue> {
    const known = knownBy(ref);
    if (isLarge(lost)) await this.#reader.recover(known, lost, cause);
    return this.stored(ref);
  }

  /** Bytes of an object; `undefined` while it is not known what it is. */
  sizeOf(ref: ObjectRef): number | undefined {
    const { stored } = knownBy(ref);
    return stored && sizeOf(stored);
  }

  /** Names of the processes in whose stores a large object is, as far as this process knows. */
  storesOf(ref: ObjectRef): readonly string[] {
    const known = knownBy(ref);
    const { stored } = known;
    if (!stored || !isLarge(stored)) return [];
    const copies = known instanceof Owned ? this.#owner.directory.copiesOf(known) : [];
    return [stored, ...copies].map(([, , store]) => store);
  }

  /**
   * Brings a large object to other hosts before they ask for it, through a tree: each passes on what it gets. Small ones
   * travel with their references' answers.
   *
   * @param hosts Names of the processes that have those hosts' stores, each once.
   * @throws Why the object failed; ERR_OBJECT_LOST, ERR_CONFIG, ERR_CLOSED without a cluster, ERR_TIMEOUT, ERR_CANCELLED
   */
  async broadcast(ref: ObjectRef, hosts: readonly string[], options: SpreadOptions = {}): Promise<Spread> {
    const stored = await this.stored(ref);
    if (!isLarge(stored)) return { hosts, failed: new Map() };
    return this.#surroundings.memory.broadcast(stored, hosts, options);
  }

  /**
   * Sends a file of this host to another, whole or not at all.
   *
   * @param host Name of the process that has that host's store.
   * @param target A path in the folder in which that host takes files ({@link ObjectsOptions.files}).
   * @throws As `HostExchange.sendFile`.
   */
  sendFile(path: string, host: string, target: string, options: WaitOptions = {}): Promise<void> {
    return this.#surroundings.memory.sendFile(path, host, target, options);
  }

  /** Settles when every owner knows what this process has borrowed; `undefined` when that is so now. */
  get whenAcknowledged(): Promise<unknown> | undefined {
    return this.#borrower.whenAcknowledged;
  }

  /**
   * The value of an object, or those of several, in their order. Arrays of a large object are views of the store's
   * memory, in place; what is written to them stays in this process.
   *
   * @throws Why an object failed; ERR_OBJECT_LOST, ERR_TIMEOUT, ERR_CANCELLED, ERR_CONFIG for what is no reference
   */
  get<T>(ref: ObjectRef<T>, options?: WaitOptions): Promise<T>;
  get<const R extends readonly ObjectRef[]>(refs: R, options?: WaitOptions): Promise<ValuesOf<R>>;
  get(refs: ObjectRef | readonly ObjectRef[], options: WaitOptions = {}): Promise<unknown> {
    const isOne = !Array.isArray(refs);
    const all = (isOne ? [refs] : refs) as readonly ObjectRef[];
    try {
      const values = all.map(knownBy).map((known) => this.#reader.value(known));
      if (isOne && !(values[0] instanceof Promise)) return Promise.resolve(values[0]);
      const got = isOne ? (values[0] as Promise<unknown>) : Promise.all(values);
      const isBound = options.timeout !== undefined || options.signal !== undefined;
      return this.#awaited(isBound ? withDeadline("get()", got, options) : got);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Waits until some of the objects are ready or have failed. Never rejects for those that failed: `get` says why.
   *
   * @throws ERR_CANCELLED, ERR_CONFIG
   */
  async wait<R extends ObjectRef>(
    refs: readonly R[],
    { count = 1, timeout, signal }: WaitForOptions = {},
  ): Promise<WaitOutcome<R>> {
    if (!Number.isInteger(count) || count < 1 || count > refs.length) {
      throw new TroupeError(
        "ERR_CONFIG",
        `wait() takes a count from 1 to the number of references, ${refs.length}, not ${count}.`,
      );
    }
    const isSettled = (ref: R) => this.#reader.isSettled(knownBy(ref));
    const now = partition(refs, count, isSettled);
    if (now.ready.length === count) return now;
    await this.#awaited(
      this.#reader.countSettled(now.pending.map(knownBy), count - now.ready.length, { timeout, signal }),
    );
    return partition(refs, count, isSettled);
  }

  /** Has a listener told of those who wait, in the asynchronous context of each. @returns Takes that back. */
  onWait(listener: WaitListener): () => void {
    this.#waitListeners.add(listener);
    return () => this.#waitListeners.delete(listener);
  }

  readonly #settings = (): Settings => ({ ...defaults, files: this.#options.files });

  /** @param isHasty Whether the value may change as soon as this returns. */
  #write(value: unknown, isHasty: boolean): MaybePromise<StoredValue> {
    const small = packSmall(value);
    if (small) return [small];
    const { memory } = this.#surroundings;
    const packed = pack(value);
    return isHasty ? memory.put(packed) : memory.write(packed);
  }

  /** Of an array of `alloc` the segment becomes the object, and the array a view of it; `undefined` for all else. */
  #adopt(array: unknown): MaybePromise<StoredValue> | undefined {
    const segment = isLargeArray(array) ? takeAllocated(array) : undefined;
    if (!segment || !isLargeArray(array)) return undefined;
    const { memory } = this.#surroundings;
    const { buffer } = array;
    const packed = pack(array);
    layOut(packed, new Uint8Array(buffer));
    segment.makePrivate();
    const adopted = memory.adopt(segment.name, packed.byteLength);
    segment[Symbol.dispose]();
    return after(adopted, (place) => {
      // Its memory is not used again while the array is there.
      void memory.pin(place);
      whenCollected(buffer, unpinning(memory, place[0]));
      return place;
    });
  }

  async #awaited<T>(promise: Promise<T>): Promise<T> {
    for (const listener of this.#waitListeners) listener(true);
    try {
      return await promise;
    } catch (error) {
      throw awaitedHere(error);
    } finally {
      for (const listener of this.#waitListeners) listener(false);
    }
  }
}

/** The values of several references, in their order. */
export type ValuesOf<R extends readonly ObjectRef[]> = {
  -readonly [I in keyof R]: R[I] extends ObjectRef<infer T> ? T : never;
};

/** What was added last. */
function last<T>(all: ReadonlyMap<unknown, T>): T | undefined {
  return [...all.values()].at(-1);
}

/** Not written where the array is in reach: what waits for its collection must not hold it. */
function unpinning(memory: Memory, key: number): () => void {
  return () => memory.unpin(key);
}

function isLargeArray(value: unknown): value is ArrayBufferView<ArrayBuffer> {
  return ArrayBuffer.isView(value) && value.byteLength >= storeFrom;
}
