import type { Form } from "../version/form.js";
import type { VersionRecord } from "../version/version.js";
import type { Update } from "./update.js";

/** A version as the captain keeps it. */
export interface Kept {
  record: VersionRecord;
  /** By which the shards know its parts. */
  parts: readonly number[];
}

/** The versions of a tag. */
export class Shelf {
  /** The newest number that was given. */
  newest: number;
  /** What all versions have; `undefined` while there are none. */
  form: Form | undefined;
  #kept: Kept[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #isLost: boolean;

  /** @param floor Versions up to this one may have been given, and were lost; 0 for a tag that there never was. */
  constructor(floor: number) {
    this.newest = floor;
    this.#isLost = floor > 0;
  }

  /** Whether there were versions, or may have been, and they were lost. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Oldest first. */
  get kept(): readonly Kept[] {
    return this.#kept;
  }

  get latest(): Kept | undefined {
    return this.#kept.at(-1);
  }

  withId(id: string): Kept | undefined {
    return this.#kept.find(({ record }) => record.id === id);
  }

  /** @returns Those that there are too many now. */
  add(form: Form, kept: Kept, history: number): Kept[] {
    this.form = form;
    this.#isLost = false;
    this.#kept.push(kept);
    this.#kept.sort((a, b) => a.record.version - b.record.version);
    return this.#kept.splice(0, Math.max(0, this.#kept.length - history));
  }

  /** It is lost. */
  remove(kept: Kept): void {
    this.#kept = this.#kept.filter((other) => other !== kept);
    if (this.#kept.length > 0) return;
    this.form = undefined;
    this.#isLost = true;
  }

  /** @returns What was there. */
  clear(): Kept[] {
    this.form = undefined;
    this.#isLost = false;
    return this.#kept.splice(0);
  }

  /** Does something when all that was given before is done. */
  turn<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** What an officer is told that knows nothing. */
  updates(tag: string): Update[] {
    const { newest, form } = this;
    if (!form) return newest > 0 ? [{ tag, newest }] : [];
    return this.#kept.map(({ record }) => ({ tag, newest, form, record }));
  }
}
