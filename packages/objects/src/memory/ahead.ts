import type { Created } from "./memory-service.js";

/** Milliseconds without another put after which all is given back. */
const patience = 1_000;
/** Objects that there is memory for, at most. */
const most = 4;

/**
 * Memory of the store for what this process puts next. A value is taken down at once, so there is no time to ask for
 * memory when it is put; and memory of this process's own is new, which costs ten times what the copy does. Whoever put
 * two of one length in a row is taken to put more: each asks for what the next needs, and one for which there was
 * nothing for one more.
 */
export class Ahead {
  #length = -1;
  #places: Created[] = [];
  /** Places that were asked for. */
  #asked = 0;
  #idle: NodeJS.Timeout | undefined;

  /**
   * @param ask Asks for memory of that length; `null` when none is to be spared.
   * @param giveBack It is not needed.
   */
  constructor(
    private readonly ask: (byteLength: number) => Promise<Created | null>,
    private readonly giveBack: (place: Created) => void,
  ) {}

  /** Memory of exactly that length, if there is some; the caller's from now on. */
  take(byteLength: number): Created | undefined {
    return byteLength === this.#length ? this.#places.pop() : undefined;
  }

  /** One of that length was put. */
  prepare(byteLength: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#drop(), patience).unref();
    if (byteLength !== this.#length) {
      this.#drop();
      this.#length = byteLength;
    } else if (this.#places.length + this.#asked < most) void this.#get(byteLength);
  }

  async #get(byteLength: number): Promise<void> {
    this.#asked++;
    try {
      const place = await this.ask(byteLength);
      if (!place) return;
      if (byteLength === this.#length) this.#places.push(place);
      else this.giveBack(place);
    } catch {
      // Without it the next put takes longer, and says what is wrong.
    } finally {
      this.#asked--;
    }
  }

  #drop(): void {
    this.#length = -1;
    for (const place of this.#places) this.giveBack(place);
    this.#places = [];
  }
}
