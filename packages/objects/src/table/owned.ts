import { isLarge, type Place, type StoredValue } from "../value/stored-value.js";
import { Known } from "./known.js";

/** Who keeps the objects of a process. */
export interface Keeper {
  /** It is about to be ready, and lies there. */
  placed(object: Owned, place: Place): void;
  /** It is about to be at its places no more. */
  displaced(object: Owned): void;
  /** Nobody would miss it. */
  unused(object: Owned): void;
}

/** An object of this process. It is there while anybody refers to it, here or elsewhere. */
export class Owned extends Known {
  /** How many other processes refer to it. */
  borrowers = 0;
  /** Has it computed again when it was lost. */
  rebuild: (() => void) | undefined;
  /** Stores that have a copy of it, each with its key there. */
  copies: Map<string, number> | undefined;
  /** Objects that its value refers to. */
  #inside: readonly Known[] = none;

  constructor(
    owner: string,
    id: number,
    private readonly keeper: Keeper,
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
    if (isLarge(stored)) this.keeper.placed(this, stored);
    super.settle(stored);
  }

  /** Its value is not there any more; it may come again. */
  clear(): void {
    this.keeper.displaced(this);
    this.state = "pending";
    this.stored = this.error = this.opened = undefined;
    for (const known of this.#inside) known.release();
    this.#inside = none;
  }

  unheld(): void {
    if (!this.isUsed) this.keeper.unused(this);
  }
}

const none: readonly Known[] = [];
