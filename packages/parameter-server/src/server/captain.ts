import {
  type ActorContext,
  actorOf,
  context,
  currentRuntime,
  defineActor,
  type Remote,
  stop,
  watch,
} from "@troupe/actors";
import { isTroupeError, suggestion, TroupeError, uniqueId } from "@troupe/core";
import { isPlace, type StoredValue } from "@troupe/objects";

import { type Aggregate, stalenessOf } from "../learn/aggregate.js";
import { Round } from "../learn/round.js";
import type { Settings } from "../options.js";
import { assertSameForm, learnable } from "../version/form.js";
import { infoOf, type TagInfo, type VersionInfo, type VersionRecord } from "../version/version.js";
import { ParameterOfficer } from "./officer.js";
import { Post } from "./post.js";
import { ParameterShard } from "./shard.js";
import { type Kept, Shelf } from "./shelf.js";
import type { Upload } from "./update.js";

type Stepped = Awaited<ReturnType<ParameterShard["step"]>>;

/** A shard, here or an actor. */
type ShardPort = {
  readonly [M in "take" | "share" | "release" | "discard" | "step" | "forget"]: (
    ...args: Parameters<ParameterShard[M]>
  ) => Awaited<ReturnType<ParameterShard[M]>> | Promise<Awaited<ReturnType<ParameterShard[M]>>>;
};

/** Milliseconds that an officer has to say what it holds. */
const patience = 5_000;

/**
 * Gives versions their numbers, keeps the last of each tag, and tells the officers of them. Made again, it learns from
 * these what there was.
 */
export class ParameterCaptain {
  readonly #shelves = new Map<string, Shelf>();
  #shards: readonly ShardPort[] = [];
  readonly #rounds = new Map<string, Round>();
  readonly #posts = new Set<Post>();
  /** Officers that are being made, by host. */
  readonly #making = new Map<string | undefined, Promise<Post>>();
  /** Versions that are being had back, by id. */
  readonly #mending = new Map<string, Promise<void>>();
  #context: ActorContext | undefined;
  #nextPost = 0;
  #isEnding = false;

  constructor(readonly settings: Settings) {}

  async onStart(): Promise<void> {
    this.#context = context();
    await this.#makeShards();
    if (actorOf(this.#context.self).incarnation > 0) await this.#recover();
    if (this.#posts.size > 0) return;
    const { officers } = this.settings;
    if (officers === "per-host") await this.#postAt(this.#context.host);
    else await Promise.all(Array.from({ length: officers }, () => this.#post(undefined)));
  }

  async onStop(): Promise<void> {
    this.#isEnding = true;
    await Promise.all(
      [...this.#posts].map(({ officer }) => stop(officer, "its parameter server was closed")),
    );
  }

  /**
   * Takes a version over.
   *
   * @param wait Whether to wait until all officers have it.
   * @returns Its number.
   * @throws ERR_SCHEMA when its tensors are not those of the tag.
   */
  async push(tag: string, upload: Upload, wait: boolean): Promise<number> {
    const shelf = this.#shelf(tag);
    const kept = await shelf.turn(() => shelf.withId(upload.id) ?? this.#keep(tag, shelf, upload));
    await this.#told(shelf, kept.record, wait);
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
    const { aggregate } = this.settings;
    let shelf: Shelf;
    try {
      shelf = this.#existing(tag);
      assertSameForm(`the gradients for "${tag}"`, learnable(shelf.form!), upload.form);
      this.#checkBase(tag, shelf, base, upload.id);
    } catch (error) {
      this.#discard(upload);
      throw error;
    }
    const version =
      aggregate.kind === "synchronous"
        ? await this.#round(tag, aggregate).add(upload, context().signal)
        : await this.#learn(tag, [upload], upload.id, base);
    const made = shelf.kept.find(({ record }) => record.version === version);
    if (made) await this.#told(shelf, made.record, wait);
    return version;
  }

  /** An officer for those of that host: theirs, if they have one. */
  async officerFor(host: string): Promise<Remote<ParameterOfficer>> {
    let posts = [...this.#posts].filter((post) => post.host === host);
    if (posts.length === 0 && this.settings.officers === "per-host") {
      try {
        posts = [await this.#postAt(host)];
      } catch (error) {
        // Nothing may be placed there: the process only uses the cluster.
        if (!isTroupeError(error, "ERR_NO_RESOURCES")) throw error;
      }
    }
    if (posts.length === 0) posts = [...this.#posts];
    if (posts.length === 0) posts = [await this.#post(undefined)];
    return posts[this.#nextPost++ % posts.length]!.officer;
  }

  /** The newest version of each tag, in the order in which the tags came. */
  list(): TagInfo[] {
    return [...this.#shelves.values()].flatMap(({ latest, kept }) =>
      latest ? [{ ...infoOf(latest.record), versions: kept.length }] : [],
    );
  }

  /** The versions of a tag that are kept, oldest first. @throws ERR_CONFIG for a tag that there is not. */
  versions(tag: string): VersionInfo[] {
    return this.#existing(tag).kept.map(({ record }) => infoOf(record));
  }

  /** Takes all versions of a tag away. Says whether there were any. Resolves when no officer has it any more. */
  async delete(tag: string): Promise<boolean> {
    const shelf = this.#shelves.get(tag);
    if (!shelf?.latest) return false;
    await shelf.turn(() => {
      for (const { parts } of shelf.clear()) this.#release(parts);
      for (const shard of this.#shards) unheard(shard.forget(tag));
    });
    await this.#tell((post) => post.send({ tag, newest: shelf.newest }));
    return true;
  }

  /** Makes the newest version of one tag the newest of another, without a copy. @throws ERR_CONFIG, ERR_SCHEMA */
  async duplicate(from: string, to: string, id: string): Promise<number> {
    const shelf = this.#shelf(to);
    const kept = await shelf.turn(() => shelf.withId(id) ?? this.#copy(this.#existing(from), shelf, from, to, id));
    await this.#publish(shelf, kept.record);
    return kept.record.version;
  }

  /**
   * A version is not to be had from where it was said to be: an officer that has it open gives it back.
   *
   * @param at Where it was looked for.
   */
  async mend(tag: string, version: number, at: readonly StoredValue[]): Promise<void> {
    const kept = this.#shelves.get(tag)?.kept.find(({ record }) => record.version === version);
    // It was pushed out, or somebody has said so before.
    if (!kept || !areAt(kept.record.parts, at)) return;
    const { id } = kept.record;
    let mending = this.#mending.get(id);
    if (!mending) {
      mending = this.#mend(this.#shelf(tag), kept).finally(() => this.#mending.delete(id));
      this.#mending.set(id, mending);
    }
    await mending;
  }

  async #makeShards(): Promise<void> {
    const { shards, optimizer } = this.settings;
    if (shards === 1) {
      this.#shards = [new ParameterShard(optimizer)];
      return;
    }
    // Those of a captain that was lost have ended with it.
    const make = () => this.#context!.create(ParameterShard, [optimizer], { restarts: { max: Infinity } });
    const made = await Promise.all(Array.from({ length: shards }, make));
    this.#shards = made;
    for (const shard of made) void this.#guard(shard);
  }

  /** A shard that was made again has lost its parts of all versions. */
  async #guard(shard: Remote<ParameterShard>): Promise<void> {
    try {
      for await (const event of watch(shard)) {
        if (event !== "restarted") continue;
        const all = [...this.#shelves.values()].flatMap(({ kept }) => kept.map(({ record }) => record));
        for (const { tag, version, parts } of all)
          await this.mend(tag, version, parts).catch((error: unknown) => this.#warn(error, tag));
      }
    } catch (error) {
      if (!this.#isEnding) this.#warn(error, "all");
    }
  }

  /** @throws ERR_CONFIG for a version that never was, and, retryable, for one that is too old. */
  #checkBase(tag: string, shelf: Shelf, base: number, id: string): void {
    const staleness = stalenessOf(this.settings.aggregate);
    const { version } = shelf.latest!.record;
    const isKnown = shelf.withId(id) !== undefined;
    if (isKnown || (base >= 1 && base <= version && version - base <= staleness)) return;
    const isStale = base >= 1 && base < version;
    const problem = isStale
      ? `is ${version - base} behind the newest, ${version}; ${staleness} are allowed. Pull it, and compute them anew`
      : `never was: the newest is ${version}`;
    throw new TroupeError("ERR_CONFIG", `The version ${base} of "${tag}", with which gradients were computed, ${problem}.`, {
      retryable: isStale,
      details: { tag, baseVersion: base, version, staleness },
    });
  }

  #round(tag: string, { workers, timeout }: Aggregate & { readonly kind: "synchronous" }): Round {
    let round = this.#rounds.get(tag);
    if (!round) {
      const learn = (uploads: readonly Upload[]) => this.#learn(tag, uploads, uniqueId());
      round = new Round(tag, workers, timeout, learn, (upload) => this.#discard(upload));
      this.#rounds.set(tag, round);
    }
    return round;
  }

  /**
   * Takes a step by gradients.
   *
   * @param base The version with which they were computed, where what came meanwhile counts.
   * @returns The version that it makes.
   */
  #learn(tag: string, uploads: readonly Upload[], id: string, base?: number): Promise<number> {
    const shelf = this.#shelf(tag);
    return shelf.turn(async () => {
      try {
        this.#existing(tag);
        if (base !== undefined) this.#checkBase(tag, shelf, base, id);
      } catch (error) {
        for (const upload of uploads) this.#discard(upload);
        throw error;
      }
      const known = shelf.withId(id);
      if (known) return known.record.version;
      const { record } = shelf.latest!;
      const version = shelf.newest + 1;
      const stepped = await this.#step(record, version, uploads);
      shelf.newest = version;
      const parts = stepped.map(({ part }) => part);
      const next = { ...record, version, id, time: Date.now(), info: undefined, parts };
      this.#add(shelf, shelf.form!, { record: next, parts: stepped.map((each) => each.id) });
      return version;
    });
  }

  /** All shards take the step, or the version is not there. */
  async #step({ tag, version, parts }: VersionRecord, to: number, uploads: readonly Upload[]) {
    const step = (shard: ShardPort, index: number) => {
      const gradients = uploads.map((upload) => upload.parts[index]!);
      return shard.step({ tag, from: version, part: parts[index]!, to, gradients });
    };
    const outcomes = await Promise.allSettled(this.#shards.map(step));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (!failed) return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Stepped>).value);
    outcomes.forEach((outcome, index) => {
      if (outcome.status === "fulfilled") unheard(this.#shards[index]!.release(outcome.value.id));
    });
    if (!isTroupeError(failed.reason, "ERR_OBJECT_LOST")) throw failed.reason;
    await this.mend(tag, version, parts);
    throw new TroupeError("ERR_ACTOR_DIED", `A shard of "${tag}" had lost its part; it has it again.`, {
      cause: failed.reason,
    });
  }

  #discard({ parts }: Upload): void {
    parts.forEach((part, index) => unheard(this.#shards[index]!.discard(part)));
  }

  #take(parts: readonly StoredValue[]): Promise<number[]> {
    return Promise.all(parts.map((part, index) => this.#shards[index]!.take(part)));
  }

  #copy(source: Shelf, shelf: Shelf, from: string, to: string, id: string): Kept {
    if (shelf.form) assertSameForm(`the parameters of "${from}"`, shelf.form, source.form!);
    const { record, parts } = source.latest!;
    parts.forEach((part, index) => unheard(this.#shards[index]!.share(part)));
    const kept = { record: { ...record, tag: to, version: ++shelf.newest, id, time: Date.now() }, parts };
    this.#add(shelf, source.form!, kept);
    return kept;
  }

  async #told(shelf: Shelf, record: VersionRecord, wait: boolean): Promise<void> {
    const published = this.#publish(shelf, record);
    if (wait) await published;
    else published.catch((error: unknown) => this.#warn(error, record.tag));
  }

  async #keep(tag: string, shelf: Shelf, upload: Upload): Promise<Kept> {
    const { id, info, form, byteLength, parts } = upload;
    try {
      if (shelf.form) assertSameForm(`the tensors for "${tag}"`, shelf.form, form);
    } catch (error) {
      this.#discard(upload);
      throw error;
    }
    const ids = await this.#take(parts);
    const kept = {
      record: {
        ...{ tag, version: ++shelf.newest, id, time: Date.now(), info },
        ...{ count: Object.keys(form).length, byteLength, parts },
      },
      parts: ids,
    };
    this.#add(shelf, form, kept);
    return kept;
  }

  #add(shelf: Shelf, form: Upload["form"], kept: Kept): void {
    for (const { parts } of shelf.add(form, kept, this.settings.history)) this.#release(parts);
  }

  #release(parts: readonly number[]): void {
    parts.forEach((part, index) => unheard(this.#shards[index]!.release(part)));
  }

  /** Resolves when all officers have it. */
  async #publish({ form, newest }: Shelf, record: VersionRecord): Promise<void> {
    await this.#tell((post) => post.send({ tag: record.tag, newest, form: form!, record }));
  }

  async #tell(
    what: (post: Post) => Promise<readonly VersionRecord[]>,
    posts: Iterable<Post> = this.#posts,
  ): Promise<void> {
    const lost = (await Promise.all(Array.from(posts, what))).flat();
    for (const { tag, version, parts } of lost) await this.mend(tag, version, parts);
  }

  #shelf(tag: string): Shelf {
    let shelf = this.#shelves.get(tag);
    if (!shelf) this.#shelves.set(tag, (shelf = new Shelf()));
    return shelf;
  }

  /** @throws ERR_CONFIG for a tag that has no version. */
  #existing(tag: string): Shelf {
    const shelf = this.#shelves.get(tag);
    if (shelf?.latest) return shelf;
    throw unknownTag(
      tag,
      this.list().map((known) => known.tag),
    );
  }

  #warn(error: unknown, tag: string): void {
    this.#context?.log.warn({ err: error, tag }, "a version of parameters did not get to all officers");
  }

  #postAt(host: string): Promise<Post> {
    let making = this.#making.get(host);
    if (!making) {
      making = this.#post(host).finally(() => this.#making.delete(host));
      this.#making.set(host, making);
    }
    return making;
  }

  /** Makes an officer, on that host or where there is least. @throws ERR_NO_RESOURCES */
  async #post(host: string | undefined): Promise<Post> {
    const { self } = this.#context!;
    const officer = await this.#context!.create(ParameterOfficer, [self, this.settings.history], {
      name: this.#officerNames + uniqueId(),
      // Of the captain's own death it is not to die.
      detached: true,
      restarts: { max: Infinity },
      placement: host === undefined ? "spread" : { policy: "affinity", value: { host } },
    });
    return this.#appoint(officer);
  }

  /** What officers are called, by which the captain finds them when it was made again. */
  get #officerNames(): string {
    const { id, name } = actorOf(this.#context!.self);
    return `${name}:officer-${id}-`;
  }

  async #appoint(officer: Remote<ParameterOfficer>): Promise<Post> {
    const post = new Post(officer, actorOf(officer).host, this.settings.history);
    void this.#attend(post);
    this.#posts.add(post);
    await this.#fill(post);
    return post;
  }

  /** Tells officers all that there is. */
  async #fill(...posts: readonly Post[]): Promise<void> {
    const updates = [...this.#shelves].flatMap(([tag, shelf]) => shelf.updates(tag));
    await this.#tell((post) => post.fill(updates), posts);
  }

  /** An officer that was made again has lost what it had; one that is not any more is not told. */
  async #attend(post: Post): Promise<void> {
    try {
      for await (const event of watch(post.officer))
        if (event === "restarted") this.#fill(post).catch((error: unknown) => this.#warn(error, "all"));
    } catch (error) {
      if (!this.#isEnding) this.#warn(error, "all");
    }
    this.#posts.delete(post);
  }

  /** The captain's process was lost, and with it the memory of its versions: officers have them open. */
  async #recover(): Promise<void> {
    const names = this.#officerNames;
    const living = await currentRuntime()!.node.brain.actors();
    const officers = await Promise.all(
      living
        .filter(({ name }) => name.startsWith(names))
        .map(({ name }) => this.#context!.find<ParameterOfficer>(name)),
    );
    const found = officers.filter((officer) => officer !== undefined);
    const holdings = await Promise.all(
      found.map((officer) =>
        officer.holdings
          .with({ timeout: patience, retries: 3 })()
          .catch(() => []),
      ),
    );
    for (const { tag, newest, form, records } of holdings.flat()) {
      const shelf = this.#shelf(tag);
      shelf.newest = Math.max(shelf.newest, newest);
      for (const record of records)
        if (form && !shelf.withId(record.id)) shelf.add(form, { record, parts: [] }, this.settings.history);
    }
    for (const officer of found)
      this.#posts.add(new Post(officer, actorOf(officer).host, this.settings.history));
    for (const post of this.#posts) void this.#attend(post);
    for (const shelf of this.#shelves.values())
      for (const kept of shelf.kept.toReversed())
        await this.#mend(shelf, kept).catch((error: unknown) => this.#warn(error, kept.record.tag));
    await this.#fill(...this.#posts);
    this.#context!.log.info(
      { tags: this.#shelves.size, officers: found.length },
      "the captain of parameters was made again",
    );
  }

  /** @throws ERR_OBJECT_LOST when no officer has the version; it is not kept any more then. */
  async #mend(shelf: Shelf, kept: Kept): Promise<void> {
    const { tag, version } = kept.record;
    for (const { officer } of this.#posts) {
      const parts = await officer.hand
        .with({ timeout: patience, retries: 3 })(tag, version)
        .catch(() => undefined);
      if (!parts) continue;
      this.#release(kept.parts);
      kept.record = { ...kept.record, parts };
      kept.parts = await this.#take(parts);
      return this.#publish(shelf, kept.record);
    }
    shelf.remove(kept);
    this.#release(kept.parts);
    throw new TroupeError(
      "ERR_OBJECT_LOST",
      `Version ${version} of "${tag}" is lost: the processes of all that had it have ended.`,
      { details: { tag, version } },
    );
  }
}

/** Of a shard that is lost nothing is to be given back. */
function unheard(told: unknown): void {
  if (told instanceof Promise) told.catch(() => {});
}

/** Whether parts are where they were looked for. */
function areAt(parts: readonly StoredValue[], places: readonly StoredValue[]): boolean {
  return parts.every((part, index) => !isPlace(part) || String(part) === String(places[index]));
}

export function unknownTag(tag: string, known: readonly string[]): TroupeError {
  const meant = suggestion(tag, known);
  const there = known.length === 0 ? "nothing was pushed yet" : `there are ${known.slice(0, 20).join(", ")}`;
  return new TroupeError(
    "ERR_CONFIG",
    `No parameters have the tag "${tag}"; ${meant === undefined ? there : `did you mean "${meant}"?`}`,
    { details: { tag, tags: known } },
  );
}

defineActor(ParameterCaptain, {
  module: import.meta.url,
  // While one push waits for officers others go on.
  options: { concurrency: "unbounded", methods: { push: { slowCall: 0 } } },
});
