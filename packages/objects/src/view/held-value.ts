import type { Pinned } from "../memory/memory.js";

/** A stored value whose memory stays, also when its owner's process ends, until this is released. */
export class HeldValue {
  #value: unknown;
  #isOpen = false;
  #isReleased = false;

  /**
   * @param open Opens the value, which has the pin from then on, and gives it back when it was collected.
   * @param unpin Gives the pin back.
   */
  constructor(
    private readonly pinned: Pinned,
    private readonly open: (pinned: Pinned) => unknown,
    private readonly unpin: (key: number) => void,
  ) {}

  /** The value itself. What was read so keeps its memory until it is collected. Not after {@link release}. */
  read(): unknown {
    if (!this.#isOpen && !this.#isReleased) {
      this.#isOpen = true;
      this.#value = this.open(this.pinned);
    }
    return this.#value;
  }

  /** The memory may go, at once if nobody has read it. Idempotent. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#value = undefined;
    if (!this.#isOpen) this.unpin(this.pinned.key);
  }
}
