import type { StoredValue } from "../value/stored-value.js";
import { Known } from "./known.js";

/** An object of this process. It is there while anybody refers to it, here or elsewhere. */
export class Owned extends Known {
  /** How many other processes refer to it. */
  borrowers = 0;
  /** Has it computed again when it was lost. */
  rebuild: (() => void) | undefined;
  /** Objects that its value refers to. */
  #inside: readonly Known[] = none;

  constructor(
    owner: string,
    id: number,
    private readonly onUnused: (object: Owned) => void,
  ) {
    super(owner, id);
  }

  /** Whether anybody would miss it. */
  get isUsed(): boolean {
    return this.isHeld || this.borrowers > 0;
  }

  /** @param inside Objects that its value refers to, held for it. */
  override settle(stored: StoredValue, inside: readonly Known[] = none): void {
    this.#inside = inside;
    super.settle(stored);
  }

  /** Its value is not there any more; it may come again. */
  clear(): void {
    this.state = "pending";
    this.stored = this.error = this.opened = undefined;
    for (const known of this.#inside) known.release();
    this.#inside = none;
  }

  unheld(): void {
    if (!this.isUsed) this.onUnused(this);
  }
}

const none: readonly Known[] = [];
