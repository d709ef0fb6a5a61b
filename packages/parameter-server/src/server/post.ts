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
  #due: Due[] = [];
  #isSending = false;

  /** @param history Versions of a tag that are kept: of more that are due the oldest are not sent. */
  constructor(
    readonly officer: Remote<ParameterOfficer>,
    readonly host: string,
    private readonly history: number,
  ) {}

  /**
   * Resolves when the officer has it, or is gone for good; if it is being made again, once it is there.
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
        const updates = this.#newest(batch.flatMap((due) => due.updates));
        const isAll = batch.some((due) => due.isAll);
        const lost = new Set(await this.officer.publish.with({ retries: Infinity })(updates, isAll));
        const isLost = (record: VersionRecord | undefined) => record !== undefined && lost.has(record.id);
        for (const due of batch)
          due.resolve(due.updates.map(({ record }) => record).filter(isLost) as VersionRecord[]);
      } catch (error) {
        const isGone = isTroupeError(error, "ERR_ACTOR_DIED") && !error.retryable;
        for (const due of batch) {
          if (isGone) due.resolve([]);
          else due.reject(error);
        }
      }
    }
    this.#isSending = false;
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
