import { type ActorContext, actorOf, context, defineActor, type Remote } from "@troupe/actors";
import { TroupeError } from "@troupe/core";
import { isPlace, type StoredValue } from "@troupe/objects";

import type { Settings } from "../options.js";
import { assertSameForm } from "../version/form.js";
import { infoOf, type TagInfo, type VersionInfo } from "../version/version.js";
import { Learning } from "./learning.js";
import type { ParameterOfficer } from "./officer.js";
import { Officers } from "./officers.js";
import { Shards } from "./shards.js";
import type { Kept, Shelf } from "./shelf.js";
import { Shelves } from "./shelves.js";
import type { Holdings, Upload } from "./update.js";

/** Versions of a tag that a captain makes at most before it is made again. */
const mostVersions = 1_000_000_000;

/**
 * Gives versions their numbers, keeps the last of each tag, and tells the officers of them. Made again, it learns from
 * these what there was.
 */
export class ParameterCaptain {
  readonly #shards = new Shards();
  readonly #shelves: Shelves;
  readonly #learning: Learning;
  /** Versions that are being had back, by id. */
  readonly #mending = new Map<string, Promise<void>>();
  #context!: ActorContext;
  #officers!: Officers;

  constructor(readonly settings: Settings) {
    this.#shelves = new Shelves(this.#shards, settings.history);
    const mend = this.mend.bind(this);
    this.#learning = new Learning(settings.aggregate, this.#shelves, this.#shards, mend);
  }

  async onStart(): Promise<void> {
    const { settings } = this;
    this.#context = context();
    this.#officers = new Officers(this.#context, settings, {
      floor: () => this.#shelves.floor,
      updates: () => [...this.#shelves].flatMap(([tag, shelf]) => shelf.updates(tag)),
      lost: ({ tag, version, parts }) => this.mend(tag, version, parts),
      pools: () => [actorOf(this.#context.self).pool, ...this.#shards.pools],
    });
    const { incarnation } = actorOf(this.#context.self);
    const isAgain = incarnation > 0;
    // Officers come first, so that shards leave a process to them.
    const holdings = isAgain ? await this.#officers.find() : [];
    if (!isAgain) await this.#officers.start();
    const { pools } = this.#officers;
    const onLost = () => this.#recoverShard();
    await this.#shards.start(settings.shards, settings.optimizer, this.#context, pools, onLost);
    if (!isAgain) return;
    if (holdings.length > 0) await this.#recover(holdings);
    else this.#startAnew(incarnation);
    await this.#officers.start();
  }

  async onStop(): Promise<void> {
    await this.#officers.stop("its parameter server was closed");
    this.#shards.stop();
  }

  /**
   * Takes a version over.
   *
   * @param wait Whether to wait until all officers have it.
   * @returns Its number.
   * @throws ERR_SCHEMA when its tensors are not those of the tag.
   */
  async push(tag: string, upload: Upload, wait: boolean): Promise<number> {
    const shelf = this.#shelves.of(tag);
    const kept = await shelf.turn(() => shelf.withId(upload.id) ?? this.#keep(tag, shelf, upload));
    await this.#tell(shelf, kept, wait);
    return kept.record.version;
  }

  /**
   * Changes the newest version of a tag by gradients, as the server aggregates and optimizes.
   *
   * @param base The version with which they were computed.
   * @returns The version that came of it.
   * @throws ERR_SCHEMA when they are not of the tag's tensors; ERR_CONFIG when there is no such tag or version, or, then
   *   retryable, when that is too old; ERR_TIMEOUT of a round that others did not complete
   */
  async apply(tag: string, upload: Upload, base: number, wait: boolean): Promise<number> {
    const version = await this.#learning.apply(tag, upload, base, context().signal);
    const made = this.#shelves.find(tag, version);
    if (made) await this.#tell(this.#shelves.of(tag), made, wait);
    return version;
  }

  /** An officer for those of that host. @param dead Id of one that was found dead */
  officerFor(host: string, dead?: number): Promise<Remote<ParameterOfficer>> {
    return this.#officers.for(host, dead);
  }

  /** The newest version of each tag, in the order in which the tags came. */
  list(): TagInfo[] {
    return this.#shelves.tags.map((tag) => {
      const { latest, kept } = this.#shelves.of(tag);
      return { ...infoOf(latest!.record), versions: kept.length };
    });
  }

  /** The versions of a tag that are kept, oldest first. @throws ERR_CONFIG for a tag that there is not. */
  versions(tag: string): VersionInfo[] {
    return this.#shelves.existing(tag).kept.map(({ record }) => infoOf(record));
  }

  /** Takes all versions of a tag away. Says whether there were any. Resolves when no officer has it any more. */
  async delete(tag: string): Promise<boolean> {
    const shelf = this.#shelves.of(tag);
    const wasThere = await shelf.turn(() => {
      const cleared = shelf.clear();
      for (const { parts } of cleared) this.#shards.release(parts);
      this.#shards.forget(tag);
      return cleared.length > 0;
    });
    if (wasThere) await this.#officers.tell({ tag, newest: shelf.newest });
    return wasThere;
  }

  /** Makes the newest version of one tag the newest of another, without a copy. @throws ERR_CONFIG, ERR_SCHEMA */
  async duplicate(from: string, to: string, id: string): Promise<number> {
    const shelf = this.#shelves.of(to);
    const kept = await shelf.turn(() => shelf.withId(id) ?? this.#copy(from, to, id));
    await this.#tell(shelf, kept, true);
    return kept.record.version;
  }

  /**
   * A version is not to be had from where it was said to be: an officer that has it open gives it back.
   *
   * @param at Where it was looked for.
   * @throws ERR_OBJECT_LOST when no officer has it; it is not kept any more then
   */
  async mend(tag: string, version: number, at: readonly StoredValue[]): Promise<void> {
    const kept = this.#shelves.find(tag, version);
    // It was pushed out, or somebody has said so before.
    if (!kept || !areAt(kept.record.parts, at)) return;
    const { id } = kept.record;
    let mending = this.#mending.get(id);
    if (!mending) {
      mending = this.#mend(this.#shelves.of(tag), kept).finally(() => this.#mending.delete(id));
      this.#mending.set(id, mending);
    }
    await mending;
  }

  async #keep(tag: string, shelf: Shelf, upload: Upload): Promise<Kept> {
    const { id, info, form, byteLength, parts } = upload;
    try {
      if (shelf.form) assertSameForm(`the tensors for "${tag}"`, shelf.form, form);
    } catch (error) {
      this.#shards.discard(upload);
      throw error;
    }
    const ids = await this.#shards.take(parts);
    const count = Object.keys(form).length;
    const told = { tag, version: ++shelf.newest, id, time: Date.now(), info, count, byteLength };
    const kept = { record: { ...told, parts }, parts: ids };
    this.#shelves.add(shelf, form, kept);
    return kept;
  }

  #copy(from: string, to: string, id: string): Kept {
    const source = this.#shelves.existing(from);
    const shelf = this.#shelves.of(to);
    if (shelf.form) assertSameForm(`the parameters of "${from}"`, shelf.form, source.form!);
    const { record, parts } = source.latest!;
    this.#shards.share(parts);
    const kept = { record: { ...record, tag: to, version: ++shelf.newest, id, time: Date.now() }, parts };
    this.#shelves.add(shelf, source.form!, kept);
    return kept;
  }

  /** @param wait Whether to wait until all officers have it. */
  async #tell(shelf: Shelf, kept: Kept, wait: boolean): Promise<void> {
    const told = this.#publish(shelf, kept);
    if (wait) await told;
    else told.catch((error: unknown) => this.#warn(error, kept.record));
  }

  async #publish(shelf: Shelf, { record, parts }: Kept): Promise<void> {
    const { agents } = this.#officers;
    if (agents.length > 1) await this.#shards.spread(record, parts, agents, this.settings.fanout);
    const { form, newest } = shelf;
    // Else it was deleted meanwhile.
    if (form) await this.#officers.tell({ tag: record.tag, newest, form, record });
  }

  #warn(error: unknown, { tag, version }: VersionInfo): void {
    this.#context.log.warn({ err: error, tag, version }, "a version of parameters is not where it should be");
  }

  /** The captain's process was lost, and with it the memory of its versions: officers have them open. */
  async #recover(holdings: readonly Holdings[]): Promise<void> {
    this.#shelves.floor = Math.max(...holdings.map(({ floor }) => floor));
    for (const { tag, newest, form, records } of holdings.flatMap(({ tags }) => tags)) {
      const shelf = this.#shelves.of(tag);
      shelf.newest = Math.max(shelf.newest, newest);
      for (const record of records)
        if (form && !shelf.withId(record.id)) this.#shelves.add(shelf, form, { record, parts: [] });
    }
    await this.#mendAll();
    this.#context.log.info({ tags: this.#shelves.tags }, "the captain of parameters was made again");
  }

  /** Nobody is left who knows what there was: numbers that may have been given are not given again. */
  #startAnew(incarnation: number): void {
    this.#shelves.floor = incarnation * mostVersions;
    const { floor } = this.#shelves;
    this.#context.log.warn({ floor }, "parameters are lost: the captain and all officers have died at once");
  }

  async #recoverShard(): Promise<void> {
    await this.#mendAll();
    void this.#officers.keepApart();
  }

  /** The newest of each tag first. */
  async #mendAll(): Promise<void> {
    for (const [, { kept }] of this.#shelves) {
      for (const { record } of kept.toReversed())
        await this.mend(record.tag, record.version, record.parts).catch((error: unknown) =>
          this.#warn(error, record),
        );
    }
  }

  async #mend(shelf: Shelf, kept: Kept): Promise<void> {
    const { tag, version } = kept.record;
    const parts = await this.#officers.hand(tag, version);
    this.#shards.release(kept.parts);
    if (parts) {
      kept.record = { ...kept.record, parts };
      kept.parts = await this.#shards.take(parts);
      return this.#tell(shelf, kept, true);
    }
    shelf.remove(kept);
    throw new TroupeError(
      "ERR_OBJECT_LOST",
      `Version ${version} of "${tag}" is lost: the processes of all that had it have ended.`,
      { details: { tag, version } },
    );
  }
}

/** Whether parts are where they were looked for. */
function areAt(parts: readonly StoredValue[], places: readonly StoredValue[]): boolean {
  return parts.every((part, index) => !isPlace(part) || String(part) === String(places[index]));
}

defineActor(ParameterCaptain, {
  module: import.meta.url,
  // While one push waits for officers others go on; and who waits for others is not slow.
  options: { concurrency: "unbounded", methods: { push: { slowCall: 0 }, apply: { slowCall: 0 } } },
});
