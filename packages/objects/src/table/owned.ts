import { isLarge, type Place, type StoredValue } from "../value/stored-value.js";
import { Known } from "./known.js";

/** How an object comes to be. */
export interface Lineage {
  /** Has it computed again, as it was lost. */
  rebuild(): void;
  /** Nobody refers to it any more: it need not be computed again. */
  forget(): void;
}

/** What an object is to come from. */
export interface Source {
  /** Nobody wants it any more: the object fails. */
  cancel(): void;
}

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
  /** Of one that can be computed again. */
  lineage: Lineage | undefined;
  /** Of one that is to come, and can be given up. */
  source: Source | undefined;
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

  /** Whether nothing else is held by it. */
  get isEmpty(): boolean {
    return this.lineage === undefined && this.#inside.length === 0;
  }

  /** @param inside Objects that its value refers to, held for it. */
  override settle(stored: StoredValue, inside: readonly Known[] = none): void {
    this.#inside = inside;
    this.source = undefined;
    if (isLarge(stored)) this.keeper.placed(this, stored);
    super.settle(stored);
  }

  override fail(error: Error): void {
    this.source = undefined;
    super.fail(error);
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
