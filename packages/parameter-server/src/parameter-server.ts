import { inspect } from "node:util";

import { type ActorRuntime, definitionOf, type Remote, stop } from "@troupe/actors";
import {
  checkKnown,
  isTroupeError,
  registerExtension,
  type Tensors,
  TroupeError,
  uniqueId,
  type WaitOptions,
  withDeadline,
} from "@troupe/core";
import { objects, type StoredValue } from "@troupe/objects";

import { Parameters } from "./client/parameters.js";
import { closedHere } from "./client/closed-here.js";
import { attempts } from "./client/desk.js";
import { Reader } from "./client/reader.js";
import { VersionStream } from "./client/version-stream.js";
import { extensionType, fromWire, toWire } from "./client/wire.js";
import { runtimeHere } from "./cluster.js";
import { loadFile } from "./file/load.js";
import { saveFile } from "./file/save.js";
import { checkTag, checkVersion, type ParameterServerOptions, settingsOf } from "./options.js";
import { ParameterCaptain } from "./server/captain.js";
import type { Upload } from "./server/update.js";
import { assertFinite, formOf } from "./version/form.js";
import { own } from "./version/own.js";
import { split } from "./version/split.js";
import { infoOf, type TagInfo, type VersionInfo } from "./version/version.js";

/** Options of a push. */
export interface PushOptions extends WaitOptions {
  /** Anything that can be sent: who pulls the version gets it. */
  readonly info?: unknown;
  /**
   * When the push is done. `"officers"` (the default): when whoever pulls gets it, and the death of no one process can
   * lose it. `"captain"`: when it has its number; officers get it soon.
   */
  readonly wait?: "captain" | "officers" | undefined;
}

/** Options of a pull. */
export interface PullOptions extends WaitOptions {
  /** A version that is there already: what is not newer is not wanted. */
  readonly newerThan?: number | undefined;
  /** Milliseconds to wait for a version, or a newer one. Default 0, not to wait. */
  readonly timeout?: number | undefined;
}

/** Options of an application of gradients. */
export interface ApplyOptions extends WaitOptions {
  /** The version with which the gradients were computed. */
  readonly baseVersion: number;
  /** When it is done, as for a push. Default `"officers"`. */
  readonly wait?: "captain" | "officers" | undefined;
}

/** Options of files. */
export interface FileOptions extends WaitOptions {
  /** One tag, in place of all. */
  readonly tag?: string | undefined;
}

/** Options of a watch. */
export interface WatchOptions {
  /** The version before the first that is wanted. Default 0: the newest that is there is the first. */
  readonly newerThan?: number | undefined;
  /** Ends it with ERR_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

const pushOptions = ["info", "wait", "timeout", "signal"] as const;
const pullOptions = ["newerThan", "timeout", "signal"] as const;
const applyOptions = ["baseVersion", "wait", "timeout", "signal"] as const;
const watchOptions = ["newerThan", "signal"] as const;

/**
 * Versions of tensors by tag, that every process of the cluster pulls without a copy: the weights of a policy, which a
 * learner pushes and many runners use.
 *
 * ```ts
 * const server = await ParameterServer.create();
 * await server.push("policy", { kernel: { data: new Float32Array(8), shape: [4, 2] } }); // 1
 * using policy = await server.pull("policy");
 * policy.tensors.kernel.data; // Float32Array of 8, a view
 * await server.pull("policy", { newerThan: policy.version }); // undefined: nothing is newer
 * ```
 *
 * It may be passed in messages, and used wherever it comes to; {@link get} finds it by its name.
 */
export class ParameterServer {
  /** By which others find it. */
  readonly name: string;
  readonly #shards: number;
  /** Whether it was made here, and ends when this is closed. */
  readonly #isMaker: boolean;
  readonly #captain: () => Promise<Remote<ParameterCaptain>>;
  readonly #reader: Reader;
  /** Versions are sent in the order in which they were pushed. */
  #sent: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  static {
    registerExtension<ParameterServer>({
      type: extensionType,
      prototype: ParameterServer.prototype,
      toWire: (server) => toWire(server.name, server.#shards),
      fromWire: (fields) => fromWire(fields, (name, shards) => new ParameterServer(name, shards)),
    });
  }

  private constructor(name: string, shards: number, captain?: Remote<ParameterCaptain>) {
    this.name = name;
    this.#shards = shards;
    this.#isMaker = captain !== undefined;
    this.#reader = new Reader(() => this.#captain());
    let found: Promise<Remote<ParameterCaptain>> | undefined = captain && Promise.resolve(captain);
    this.#captain = () => {
      if (this.#isClosed) return Promise.reject(closedHere());
      if (!found) {
        found = captainOf(name);
        found.catch(() => (found = undefined));
      }
      return found;
    };
  }

  /**
   * Makes one, in the cluster of the actor that runs, else in the one that was opened last. Within an actor it is a
   * child of that one, and ends with it.
   *
   * @throws ERR_CONFIG, ERR_NAME_TAKEN, ERR_ACTOR_START, ERR_NO_RESOURCES; ERR_TIMEOUT, ERR_CANCELLED. Nothing is left
   *   of it then.
   */
  static async create({
    timeout,
    signal,
    ...options
  }: ParameterServerOptions & WaitOptions = {}): Promise<ParameterServer> {
    const settings = settingsOf(options);
    const { creator } = await runtimeHere();
    const { name = `parameters-${uniqueId()}` } = options;
    const captain = await creator
      .create(definitionOf(ParameterCaptain), [settings], {
        ...{ name, timeout, signal },
        restarts: { max: Infinity },
      })
      .catch((error: unknown) => {
        throw isTroupeError(error, "ERR_NAME_TAKEN") ? nameTaken(name, error) : error;
      });
    return new ParameterServer(name, settings.shards, captain as Remote<ParameterCaptain>);
  }

  /** The one of that name. @throws ERR_ACTOR_NOT_FOUND */
  static async get(name: string): Promise<ParameterServer> {
    const captain = await captainOf(name);
    const { shards } = await captain.settings;
    return new ParameterServer(name, shards);
  }

  /**
   * Makes tensors the newest version of a tag, copied once, into shared memory, before this returns. They are to stay
   * as they are until it is done all the same: they are copied again should the captain's process die.
   *
   * @returns The number of the version: 1 for the first of a tag. Pushes of one process get theirs in order.
   * @throws ERR_SCHEMA for what are no tensors, or not of the names, types and shapes that the tag has; ERR_CONFIG for
   *   options that are none; ERR_STORE_FULL; ERR_NOT_SERIALIZABLE; ERR_TIMEOUT and ERR_CANCELLED, where it may be pushed all the same.
   */
  async push(tag: string, tensors: Tensors, options: PushOptions = {}): Promise<number> {
    checkKnown("push()", options, pushOptions);
    const { info, wait = "officers", ...bound } = options;
    checkTag(tag);
    checkWait(wait);
    const upload = uploadOf(tensors, info);
    const pushing = this.#repeat(
      () => this.#store(tensors),
      async (captain, parts) => captain.push(tag, { ...upload, parts }, wait === "officers"),
    );
    return withDeadline(`push of "${tag}"`, pushing, bound);
  }

  /**
   * Changes the tensors of a tag by gradients, as the server's `aggregate` and `optimizer` say: what comes of it is its
   * newest version. Gradients are of the tensors of type float32, of all of them; the others stay as they are.
   *
   * @returns The version that came of it.
   * @throws ERR_SCHEMA for gradients of other names, types or shapes, and for numbers that are none or infinite;
   *   ERR_CONFIG for a tag or a version that there is not, and, retryable, for a version that is too old; ERR_TIMEOUT,
   *   retryable, when a round of `synchronous()` was not completed; ERR_CANCELLED
   */
  async apply(tag: string, gradients: Tensors, options: ApplyOptions): Promise<number> {
    checkBase(options);
    checkKnown("apply()", options, applyOptions);
    const { baseVersion, wait = "officers", ...bound } = options;
    checkTag(tag);
    checkWait(wait);
    const upload = uploadOf(gradients, undefined);
    assertFinite(`the gradients for "${tag}"`, gradients);
    return this.#repeat(
      () => this.#store(gradients),
      async (captain, parts) =>
        captain.apply.with(bound)(tag, { ...upload, parts }, baseVersion, wait === "officers"),
    );
  }

  /**
   * The newest version of a tag.
   *
   * With `newerThan` it is `undefined` when there is no newer one within `timeout` ms; when that is 0, the default, and
   * this host has an officer, it is seen in shared memory without a call.
   *
   * @throws ERR_CONFIG for a tag that nobody has pushed, and for options that are none; ERR_CANCELLED; ERR_OBJECT_LOST when all who had its
   *   versions have died; ERR_ACTOR_DIED, ERR_ACTOR_NOT_FOUND when the server was closed.
   */
  pull(tag: string, options: PullOptions & { readonly newerThan: number }): Promise<Parameters | undefined>;
  pull(tag: string, options?: PullOptions & { readonly newerThan?: undefined }): Promise<Parameters>;
  pull(tag: string, options?: PullOptions): Promise<Parameters | undefined>;
  async pull(tag: string, options: PullOptions = {}): Promise<Parameters | undefined> {
    checkKnown("pull()", options, pullOptions);
    const { newerThan, timeout = 0, signal } = options;
    checkVersion("newerThan", newerThan);
    const isBrief = !this.#isClosed && !signal?.aborted;
    const seen = isBrief ? this.#reader.peek(tag) : undefined;
    if (seen && newerThan !== undefined && timeout === 0 && seen.newest <= newerThan) return undefined;
    if (seen?.opened && seen.newest > (newerThan ?? 0)) return new Parameters(seen.opened);
    checkTag(tag);
    const opened = await this.#reader.open(tag, newerThan ?? 0, { timeout, signal });
    if (opened) return new Parameters(opened);
    if (newerThan !== undefined) return undefined;
    // The captain says why there is none, unless one came meanwhile.
    await this.versions(tag, { signal });
    return this.pull(tag, options);
  }

  /**
   * The versions of a tag as they come: what is told of them. Who is slow gets the newest, and not those before it.
   * Leaving a `for await` ends it.
   *
   * @throws ERR_CONFIG for what is no tag, and for options that are none.
   */
  watch(tag: string, options: WatchOptions = {}): AsyncIterableIterator<VersionInfo, undefined> {
    checkKnown("watch()", options, watchOptions);
    const { newerThan = 0, signal } = options;
    checkVersion("newerThan", newerThan);
    checkTag(tag);
    return new VersionStream((last, until) => this.#reader.next(tag, last, until), newerThan, signal);
  }

  /** The newest version of each tag, and how many of it are kept. */
  async list(options: WaitOptions = {}): Promise<TagInfo[]> {
    const captain = await this.#captain();
    return captain.list.with({ retries: Infinity, ...options })();
  }

  /** The versions of a tag that are kept, oldest first. @throws ERR_CONFIG for a tag that there is not */
  async versions(tag: string, options: WaitOptions = {}): Promise<VersionInfo[]> {
    const captain = await this.#captain();
    return captain.versions.with({ retries: Infinity, ...options })(tag);
  }

  /**
   * Takes a tag away with all its versions; says whether it was there. Those who have a version keep it. When it is
   * pushed again, its numbers go on.
   */
  async delete(tag: string, options: WaitOptions = {}): Promise<boolean> {
    const captain = await this.#captain();
    return captain.delete.with({ retries: Infinity, ...options })(tag);
  }

  /**
   * Makes the newest version of one tag the newest of another, without a copy.
   *
   * @returns Its number there.
   * @throws ERR_CONFIG for a tag that there is not, ERR_SCHEMA when the other has other tensors
   */
  async duplicate(from: string, to: string, options: WaitOptions = {}): Promise<number> {
    checkTag(to);
    const captain = await this.#captain();
    return captain.duplicate.with({ retries: Infinity, ...options })(from, to, uniqueId());
  }

  /**
   * Writes the newest version of each tag to a file of the safetensors format, which Python's library of that name reads
   * as well. The file appears when it is whole and on the disk.
   *
   * @param options.tag That tag alone, its tensors by their own names; of several tags names begin with the tag's, and
   *   a stroke.
   * @returns What is in it.
   * @throws ERR_CONFIG when it cannot be written, or for a tag that there is not
   */
  async save(path: string, { tag, ...bound }: FileOptions = {}): Promise<VersionInfo[]> {
    const tags = tag === undefined ? (await this.list(bound)).map((each) => each.tag) : [tag];
    const versions = await Promise.all(tags.map((each) => this.pull(each, bound)));
    await saveFile(path, versions, tag !== undefined);
    return versions.map(infoOf);
  }

  /**
   * Pushes what a file of the safetensors format has: as it was saved, each tag a new version, or with `tag` any tensors
   * as that one. All of the file is checked before anything is pushed.
   *
   * @returns The version of each tag that was made of it.
   * @throws ERR_SCHEMA when it is none or is not whole, saying why, or has other tensors than the tag; ERR_CONFIG when it
   *   cannot be read, or it takes a `tag`
   */
  async load(path: string, { tag, ...bound }: FileOptions = {}): Promise<Record<string, number>> {
    const loaded = await loadFile(path, tag);
    const versions = loaded.map(
      async ({ tag: of, tensors, info }) => [of, await this.push(of, tensors, { info, ...bound })] as const,
    );
    return Object.fromEntries(await Promise.all(versions));
  }

  /**
   * Ends what waits for a version here, with ERR_CLOSED. Ends the server, if it was made by this, and so whoever waits
   * elsewhere; else it is of no use here any more. What was pulled stays. Idempotent.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    const captain = this.#isMaker ? await this.#captain() : undefined;
    this.#isClosed = true;
    this.#reader.close();
    if (captain) await stop(captain, "the parameter server was closed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The tensors in shared memory, in a part for each shard. */
  async #store(tensors: Tensors): Promise<StoredValue[]> {
    const parts = this.#shards === 1 ? [tensors] : split(tensors, this.#shards);
    const storing = await Promise.all(parts.map(async (part) => objects.store(part, true)));
    return storing.map(({ stored }) => stored);
  }

  /**
   * Has the captain do something with memory that it takes over; should its process die meanwhile, with new memory,
   * once it was made again.
   */
  async #repeat<R>(
    store: () => Promise<StoredValue[]>,
    what: (captain: Remote<ParameterCaptain>, parts: StoredValue[]) => Promise<R>,
  ): Promise<R> {
    for (let left = attempts; ; left--) {
      const storing = store();
      const turn = this.#sent.then(() => storing);
      this.#sent = turn.catch(() => {});
      const captain = await this.#captain();
      const parts = await turn;
      try {
        return await what(captain, parts);
      } catch (error) {
        if (left <= 0 || !isTroupeError(error, "ERR_ACTOR_DIED") || !error.retryable) throw error;
        for (const part of parts) own(part)?.release();
      }
    }
  }
}

/** What is sent of tensors beside their memory. @throws ERR_SCHEMA */
function uploadOf(tensors: Tensors, info: unknown): Omit<Upload, "parts"> {
  const form = formOf(tensors);
  const byteLength = Object.values(tensors).reduce((sum, { data }) => sum + data.byteLength, 0);
  return { id: uniqueId(), info, form, byteLength };
}

/** What is to be done about it is not what is with other actors. */
function nameTaken(name: string, { details, cause }: TroupeError): TroupeError {
  return new TroupeError(
    "ERR_NAME_TAKEN",
    `"${name}" is the name of another already. If that is a parameter server, ParameterServer.get("${name}") gives it; else choose another name.`,
    { details, cause },
  );
}

/** @throws ERR_CONFIG for options without the version that gradients are of: programs may leave them out all the same. */
function checkBase(options: Partial<ApplyOptions> | undefined): void {
  checkVersion("baseVersion", options?.baseVersion);
  if (options?.baseVersion !== undefined) return;
  throw new TroupeError(
    "ERR_CONFIG",
    "baseVersion is missing, the version with which the gradients were computed: apply(tag, gradients, { baseVersion: pulled.version }).",
    { details: { option: "baseVersion" } },
  );
}

/** @throws ERR_CONFIG */
function checkWait(wait: unknown): void {
  if (wait === "officers" || wait === "captain") return;
  throw new TroupeError("ERR_CONFIG", `wait is "captain" or "officers", not ${inspect(wait)}.`);
}

async function captainOf(name: string): Promise<Remote<ParameterCaptain>> {
  const runtime: ActorRuntime = await runtimeHere();
  const record = await runtime.node.brain.find(name);
  if (record?.class === ParameterCaptain.name)
    return runtime.references.to(record) as Remote<ParameterCaptain>;
  throw new TroupeError("ERR_ACTOR_NOT_FOUND", `There is no parameter server "${name}".`, {
    details: { name },
  });
}
