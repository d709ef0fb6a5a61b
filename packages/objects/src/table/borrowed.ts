import type { ObjectPort } from "../port.js";
import { Known } from "./known.js";

/** An object of another process. */
export class Borrowed extends Known {
  /** Settles when its owner knows that this process has it; `undefined` once it does. */
  acknowledged: Promise<void> | undefined;
  /** Whether its owner was asked for what it is. */
  isAsked = false;

  constructor(
    readonly port: ObjectPort,
    owner: string,
    id: number,
    private readonly onUnused: (object: Borrowed) => void,
  ) {
    super(owner, id);
  }

  protected unheld(): void {
    this.onUnused(this);
  }
}
