import { setTimeout as pause } from "node:timers/promises";

import { type ActorContext, actorOf, currentRuntime, type Remote, stop, watch } from "@troupe/actors";
import { isTroupeError, uniqueId } from "@troupe/core";
import type { StoredValue } from "@troupe/objects";

import type { Settings } from "../options.js";
import type { VersionRecord } from "../version/version.js";
import { boardTrust } from "./board.js";
import { ParameterOfficer } from "./officer.js";
import { Post } from "./post.js";
import type { Holdings, Update } from "./update.js";

/** Milliseconds that an officer has to say what it holds. */
const patience = 5_000;
/** Times that something is tried, and milliseconds before the second time; twice as many before each after it. */
const attempts = 10;
const firstPause = 10;

/** What officers are told by, and tell. */
export interface Command {
  /** All that there is, for an officer that knows nothing. */
  updates(): Update[];
  /** As of {@link Holdings}. */
  floor(): number;
  /** An officer could not open a version where it is said to be. */
  lost(record: VersionRecord): Promise<void>;
  /** Pools whose death takes versions with it: officers are to be in others. */
  pools(): string[];
}

/**
 * The officers of a server: where they are, and what they are told. One that dies is replaced by another, on the same
 * host if that is still there. One of them is not where the captain is, or a shard, if there are other pools: no one
 * process has all that there is of a version.
 */
export class Officers {
  readonly #posts = new Set<Post>();
  /** Those that are being made, by host. */
  readonly #making = new Map<string, Promise<void>>();
  readonly #replacing = new Map<Post, Promise<void>>();
  /** Until when the board of one that has died may be read. */
  #trustedUntil = 0;
  #parting: Promise<void> | undefined;
  #next = 0;
  #isEnding = false;

  constructor(
    private readonly captain: ActorContext,
    private readonly settings: Settings,
    private readonly command: Command,
  ) {}

  /** Finds those that a captain had which was lost. @returns What those hold who know all that there was */
  async find(): Promise<Holdings[]> {
    // Some may have died with it.
    this.#trustedUntil = performance.now() + boardTrust;
    const living = await currentRuntime()!.node.brain.actors();
    const names = living.map(({ name }) => name).filter((name) => name.startsWith(this.#names));
    const found = await Promise.all(names.map((name) => this.captain.find<ParameterOfficer>(name)));
    const holdings = found
      .filter((officer) => officer !== undefined)
      .map((officer) => {
        this.#add(officer);
        return officer.holdings
          .with({ timeout: patience })()
          .catch(() => undefined);
      });
    return (await Promise.all(holdings)).filter((each) => each !== undefined);
  }

  /** Makes those that are to be there from the start, unless there are some; tells all what there is. */
  async start(): Promise<void> {
    await this.#fill(this.#posts);
    if (this.#posts.size > 0) return void this.keepApart();
    const { officers } = this.settings;
    if (officers === "per-host") return this.#makeAt(this.captain.host);
    await this.#make(undefined);
    await Promise.all(Array.from({ length: officers - 1 }, () => this.#make(undefined)));
  }

  /** Where they are. */
  get pools(): string[] {
    return Array.from(this.#posts, poolOf);
  }

  /**
   * The captain, a shard or an officer was made again, perhaps so that no officer is apart: one moves. Another pool may
   * have to come back first.
   */
  keepApart(): Promise<void> {
    return (this.#parting ??= this.#part().finally(() => (this.#parting = undefined)));
  }

  async #part(): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await pause(firstPause * 2 ** (attempt - 1));
      const [post] = this.#posts;
      if (!post || this.#hasApart || this.#isEnding) return;
      await this.#move(post);
    }
  }

  async stop(reason: string): Promise<void> {
    this.#isEnding = true;
    await Promise.all(Array.from(this.#posts, ({ officer }) => stop(officer, reason)));
  }

  /**
   * One for those of that host: theirs, if they have one.
   *
   * @param dead Id of one that was found dead.
   */
  async for(host: string, dead?: number): Promise<Remote<ParameterOfficer>> {
    for (const post of this.#posts) if (actorOf(post.officer).id === dead) await this.#replace(post);
    const isTheirs = (post: Post) => post.host === host;
    if (this.settings.officers === "per-host" && ![...this.#posts].some(isTheirs)) {
      await this.#makeAt(host).catch((error: unknown) => {
        // Nothing may be placed there: the process only uses the cluster.
        if (!isTroupeError(error, "ERR_NO_RESOURCES")) throw error;
      });
    }
    if (this.#posts.size === 0) await this.#make(undefined);
    const theirs = [...this.#posts].filter(isTheirs);
    const posts = theirs.length > 0 ? theirs : [...this.#posts];
    return posts[this.#next++ % posts.length]!.officer;
  }

  /** The processes that have the stores of their hosts. */
  get agents(): string[] {
    const agents = Array.from(this.#posts, ({ agent }) => agent);
    return [...new Set(agents.filter((agent) => agent !== undefined))];
  }

  /**
   * Resolves when all have it, and those that are in the place of one that has died meanwhile; when one of them is apart,
   * if that can be; and when nobody believes the board of the dead any more.
   */
  async tell(update: Update): Promise<void> {
    await this.#tell(this.#posts, (post) => post.send(update));
    await this.#parting;
    const left = this.#trustedUntil - performance.now();
    if (left > 0) await pause(left);
  }

  /** The parts of a version as one of them has them, for the captain to take over. */
  async hand(tag: string, version: number): Promise<readonly StoredValue[] | undefined> {
    for (const { officer } of this.#posts) {
      const handing = officer.hand.with({ timeout: patience })(tag, version);
      const parts = await handing.catch(() => undefined);
      if (parts) return parts;
    }
    return undefined;
  }

  /** What they are called, by which they are found. */
  get #names(): string {
    const { id, name } = actorOf(this.captain.self);
    return `${name}:officer-${id}-`;
  }

  #makeAt(host: string): Promise<void> {
    let making = this.#making.get(host);
    if (!making) {
      making = this.#make(host)
        .then(() => {})
        .finally(() => this.#making.delete(host));
      this.#making.set(host, making);
    }
    return making;
  }

  /** Makes one, on that host or where there is least, and tells it what there is. @throws ERR_NO_RESOURCES */
  async #make(host: string | undefined): Promise<Post> {
    const { self } = this.captain;
    const { history } = this.settings;
    const officer = await this.captain.create(ParameterOfficer, [self, history, this.command.floor()], {
      name: this.#names + uniqueId(),
      // Of the captain's own death it is not to die.
      detached: true,
      placement: {
        policy: "antiAffinity",
        value: {
          pools: this.#hasApart ? [] : this.command.pools(),
          ...(host !== undefined && { host }),
        },
      },
    });
    const post = this.#add(officer);
    await this.#fill([post]);
    return post;
  }

  /** Whether one is where the death of its process takes no other copy along. */
  get #hasApart(): boolean {
    return [...this.#posts].some((post) => this.#isApart(post));
  }

  #isApart(post: Post): boolean {
    return !this.command.pools().includes(poolOf(post));
  }

  /** Makes another on its host, in a better place; where there is none, it stays. */
  async #move(post: Post): Promise<void> {
    try {
      const made = await this.#make(post.host);
      const worse = this.#isApart(made) ? post : made;
      this.#posts.delete(worse);
      await stop(worse.officer, "another is in a better place");
    } catch (error) {
      this.#warn(error);
    }
  }

  #add(officer: Remote<ParameterOfficer>): Post {
    const post = new Post(officer, actorOf(officer).host, this.settings.history);
    this.#posts.add(post);
    void this.#attend(post);
    // It is known before the officer is told anything. One that has died is found out by that as well.
    officer.agent().then(
      (agent) => (post.agent = agent),
      () => {},
    );
    return post;
  }

  async #fill(posts: Iterable<Post>): Promise<void> {
    const updates = this.command.updates();
    await this.#tell(posts, (post) => post.fill(updates));
  }

  async #tell(posts: Iterable<Post>, what: (post: Post) => Promise<readonly VersionRecord[]>): Promise<void> {
    const telling = Array.from(posts, async (post) => {
      const lost = await what(post);
      if (post.isGone) await this.#replace(post);
      return lost;
    });
    for (const record of (await Promise.all(telling)).flat()) await this.command.lost(record);
  }

  /** Waits for its end. */
  async #attend(post: Post): Promise<void> {
    try {
      for await (const _ of watch(post.officer));
      await this.#replace(post);
    } catch (error) {
      this.#warn(error);
    }
  }

  /** Resolves when there is another, that knows what there is, or its host is gone. */
  #replace(post: Post): Promise<void> {
    let replacing = this.#replacing.get(post);
    if (!replacing) {
      replacing = this.#makeInPlaceOf(post).finally(() => this.#replacing.delete(post));
      this.#replacing.set(post, replacing);
    }
    return replacing;
  }

  async #makeInPlaceOf(post: Post): Promise<void> {
    if (!this.#posts.delete(post) || this.#isEnding) return;
    this.#trustedUntil = performance.now() + boardTrust;
    for (let attempt = 0; attempt < attempts; attempt++) {
      try {
        if (this.settings.officers === "per-host") await this.#makeAt(post.host);
        else await this.#make(undefined);
        return void this.keepApart();
      } catch (error) {
        if (this.#isEnding) return;
        this.#warn(error);
        if (!isTroupeError(error) || !error.retryable) return;
        await pause(firstPause * 2 ** attempt);
      }
    }
  }

  #warn(error: unknown): void {
    // Where the cluster is being closed nobody needs another.
    if (!this.#isEnding && !isTroupeError(error, "ERR_CLOSED"))
      this.captain.log.warn({ err: error }, "an officer of parameters is missing");
  }
}

function poolOf({ officer }: Post): string {
  return actorOf(officer).pool;
}
