import type { Remote } from "@troupe/actors";
import { isTroupeError } from "@troupe/core";

import type { VersionRecord } from "../version/version.js";
import type { ParameterOfficer } from "./officer.js";
import type { Update } from "./update.js";

interface Due {
  readonly updates: readonly Update[];
  /** Whether that is all that there is. */
  readonly isAll: boolean;
  resolve(lost: readonly VersionRecord[]): void;
  reject(error: unknown): void;
}

/** An officer as its captain has it: what it is told goes in order, all that is due at once in one message. */
export class Post {
  /** The process that has the store of its host, once that is known. */
  agent: string | undefined;
  #due: Due[] = [];
  #isSending = false;
  #isGone = false;

  /** @param history Versions of a tag that are kept: of more that are due the oldest are not sent. */
  constructor(
    readonly officer: Remote<ParameterOfficer>,
    readonly host: string,
    private readonly history: number,
  ) {}

  /** Whether it was found dead. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Resolves when the officer has it, or is gone.
   *
   * @returns Versions that it could not open, as their memory is not where they say.
   */
  send(update: Update): Promise<readonly VersionRecord[]> {
    return this.#add([update], false);
  }

  /** Tells a new officer all that there is: it answers nobody before. */
  fill(updates: readonly Update[]): Promise<readonly VersionRecord[]> {
    return this.#add(updates, true);
  }

  #add(updates: readonly Update[], isAll: boolean): Promise<readonly VersionRecord[]> {
    return new Promise((resolve, reject) => {
      this.#due.push({ updates, isAll, resolve, reject });
      if (!this.#isSending) void this.#send();
    });
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#due.length > 0) {
      const batch = this.#due.splice(0);
      try {
        const lost = await this.#publish(batch);
        const isLost = (record: VersionRecord | undefined) => record !== undefined && lost.has(record.id);
        for (const { updates, resolve } of batch)
          resolve(updates.map(({ record }) => record).filter(isLost) as VersionRecord[]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isSending = false;
  }

  async #publish(batch: readonly Due[]): Promise<ReadonlySet<string>> {
    if (this.#isGone) return new Set();
    const updates = this.#newest(batch.flatMap((due) => due.updates));
    const isAll = batch.some((due) => due.isAll);
    try {
      return new Set(await this.officer.publish(updates, isAll));
    } catch (error) {
      this.#isGone = isTroupeError(error, "ERR_ACTOR_DIED") || isTroupeError(error, "ERR_ACTOR_NOT_FOUND");
      if (this.#isGone) return new Set();
      throw error;
    }
  }

  /** Without those that later ones push out at once. */
  #newest(updates: readonly Update[]): Update[] {
    const later = new Map<string, number>();
    return updates
      .toReversed()
      .filter(({ tag }) => {
        const count = later.get(tag) ?? 0;
        later.set(tag, count + 1);
        return count < this.history;
      })
      .reverse();
  }
}
