import { type ErrorCode, isTroupeError } from "@troupe/dist";

/** Calls that are kept by name to be told of. */
const kept = 20;

/** Counts calls, and sees that each settles once, and fails for no other reason than it may. */
export class Tally {
  begun = 0;
  acknowledged = 0;
  /** How many failed, by code of their error. */
  readonly failures = new Map<string, number>();
  /** Calls that settled more than once. */
  readonly again: string[] = [];
  /** Calls that failed as they may not, with the reason. */
  readonly unexpected: string[] = [];
  readonly #open = new Map<number, string>();

  /** Calls that are not settled. */
  get open(): readonly string[] {
    return [...this.#open.values()];
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, times) => sum + times, 0);
  }

  /**
   * Follows a call, and resolves when it settles.
   *
   * @param mayFailWith Codes of errors that are no surprise.
   * @returns Whether it was acknowledged.
   */
  follow(name: string, call: PromiseLike<unknown>, mayFailWith: readonly ErrorCode[]): Promise<boolean> {
    const id = this.begun++;
    this.#open.set(id, name);
    return new Promise((resolve) => {
      call.then(
        () => {
          if (this.#settles(id, name)) this.acknowledged++;
          resolve(true);
        },
        (error: unknown) => {
          if (this.#settles(id, name)) this.#fails(name, error, mayFailWith);
          resolve(false);
        },
      );
    });
  }

  #settles(id: number, name: string): boolean {
    const isFirst = this.#open.delete(id);
    if (!isFirst && this.again.length < kept) this.again.push(name);
    return isFirst;
  }

  #fails(name: string, error: unknown, mayFailWith: readonly ErrorCode[]): void {
    const code = isTroupeError(error) ? error.code : (error as Error).name;
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    if ((mayFailWith as readonly string[]).includes(code) || this.unexpected.length >= kept) return;
    this.unexpected.push(`${name} failed with ${code}: ${(error as Error).message}`);
  }
}
