import type { Remote } from "@troupe/actors";
import { isTroupeError, type Tensors, timeoutProblem, type WaitOptions, withDeadline } from "@troupe/core";
import { objects } from "@troupe/objects";

import { runtimeHere } from "../cluster.js";
import type { ParameterCaptain } from "../server/captain.js";
import { infoOf, type VersionInfo, type VersionRecord } from "../version/version.js";
import { closedHere } from "./closed-here.js";
import { attempts, Desk } from "./desk.js";
import type { Opened } from "./parameters.js";

/** What is known of a tag without a call. */
interface Seen {
  readonly newest: number;
  /** The newest version, if it is open here. */
  readonly opened: Opened | undefined;
}

/** Finds versions, by the officer for this process, and opens them. */
export class Reader {
  /** The version of each tag that was opened last, for as long as somebody has it. */
  readonly #opened = new Map<string, WeakRef<Opened>>();
  #desk: Desk | undefined;
  #reaching: Promise<Desk> | undefined;
  /** What is asked for now, to be given up when this is closed. */
  readonly #asking = new Set<AbortController>();
  #isClosed = false;

  constructor(private readonly captain: () => Promise<Remote<ParameterCaptain>>) {}

  /** What this host's board says; `undefined` when the officer is to be asked. */
  peek(tag: string): Seen | undefined {
    const desk = this.#desk;
    const newest = desk?.isAbandoned === false ? desk.newest(tag) : undefined;
    if (newest === undefined) return undefined;
    const opened = this.#opened.get(tag)?.deref();
    return { newest, opened: opened?.info.version === newest ? opened : undefined };
  }

  /** The newest version, if it is newer; waits for it as long as the timeout says, 0 for not at all. */
  async open(
    tag: string,
    newerThan: number,
    { timeout = 0, signal }: WaitOptions,
  ): Promise<Opened | undefined> {
    const problem = timeoutProblem(timeout);
    if (problem) throw problem;
    const isPatient = timeout > 0;
    try {
      return await this.#whileOpen(signal, (until) => {
        const opening = this.#open(tag, newerThan, isPatient, until);
        const bound = isPatient ? { timeout, signal: until } : { signal: until };
        return withDeadline(`pull of "${tag}"`, opening, bound);
      });
    } catch (error) {
      if (isPatient && isTroupeError(error, "ERR_TIMEOUT")) return undefined;
      throw error;
    }
  }

  /** What is told of a version that is newer, once there is one. */
  async next(tag: string, newerThan: number, signal: AbortSignal): Promise<VersionInfo> {
    return infoOf((await this.#whileOpen(signal, (until) => this.#ask(tag, newerThan, true, until)))!);
  }

  /** Opens nothing more; who waits is told that this is closed. */
  close(): void {
    this.#isClosed = true;
    for (const asking of this.#asking) asking.abort();
    this.#leave();
  }

  /**
   * Does something until the signal aborts, or this is closed.
   *
   * @param work Its signal aborts when that is so, and when it is done.
   * @throws ERR_CLOSED
   */
  async #whileOpen<T>(signal: AbortSignal | undefined, work: (until: AbortSignal) => Promise<T>): Promise<T> {
    const asking = new AbortController();
    this.#asking.add(asking);
    try {
      return await work(signal ? AbortSignal.any([signal, asking.signal]) : asking.signal);
    } catch (error) {
      throw this.#isClosed ? closedHere() : error;
    } finally {
      this.#asking.delete(asking);
      asking.abort();
    }
  }

  /** The newest version as the officer has it, if it is newer. An officer that is not any more is replaced by another. */
  async #ask(
    tag: string,
    newerThan: number,
    isPatient: boolean,
    signal: AbortSignal,
  ): Promise<VersionRecord | undefined> {
    let dead: Desk | undefined;
    for (let left = attempts; ; left--) {
      const desk = await this.#reach(dead);
      try {
        return await desk.ask(tag, newerThan, isPatient, signal);
      } catch (error) {
        if (left <= 0 || !isTroupeError(error, "ERR_ACTOR_DIED")) throw error;
        dead = desk;
      }
    }
  }

  async #open(
    tag: string,
    newerThan: number,
    isPatient: boolean,
    signal: AbortSignal,
  ): Promise<Opened | undefined> {
    for (let left = attempts; ; left--) {
      const record = await this.#ask(tag, newerThan, isPatient, signal);
      if (!record) return undefined;
      const known = this.#opened.get(tag)?.deref();
      if (known?.info.id === record.id) return known;
      try {
        const parts = (await Promise.all(record.parts.map((part) => objects.load(part)))) as Tensors[];
        const tensors = parts.length === 1 ? parts[0]! : (Object.assign({}, ...parts) as Tensors);
        const opened = { info: infoOf(record), tensors };
        this.#opened.set(tag, new WeakRef(opened));
        return opened;
      } catch (error) {
        if (left <= 0 || !isTroupeError(error, "ERR_OBJECT_LOST")) throw error;
        // It was pushed out by newer ones meanwhile, or its owner's process has died.
        const captain = await this.captain();
        await captain.mend.with({ retries: Infinity, signal })(tag, record.version, record.parts);
      }
    }
  }

  /** @param dead Where nobody is any more. */
  async #reach(dead?: Desk): Promise<Desk> {
    const desk = this.#desk;
    if (desk && desk !== dead && !desk.isAbandoned) return desk;
    this.#leave();
    this.#reaching ??= this.#find(dead ?? desk).finally(() => (this.#reaching = undefined));
    return this.#reaching;
  }

  async #find(dead: Desk | undefined): Promise<Desk> {
    const captain = await this.captain();
    const { node } = await runtimeHere();
    const desk = await Desk.open(captain, node.host, dead);
    if (this.#isClosed) desk.close();
    else this.#desk = desk;
    return desk;
  }

  #leave(): void {
    this.#desk?.close();
    this.#desk = undefined;
  }
}
