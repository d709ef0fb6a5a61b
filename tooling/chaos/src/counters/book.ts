import type { Ledger } from "../programs/counters.mjs";
import { numbersOf } from "../programs/spans.mjs";

/** What one lane asked of one counter since the counter was checked last. */
interface Page {
  /** All up to this one were checked. */
  base: number;
  /** The last that was asked for. */
  asked: number;
  /** Those whose call failed: they may be counted or not. */
  readonly failed: Set<number>;
}

/** How many broken promises of a kind are told one by one. */
const shown = 5;

/** What was asked of one counter, and what came of it, against which the counter's own ledger is held. */
export class Book {
  readonly #pages = new Map<number, Page>();
  /** Counted, and checked. */
  #counted = 0;

  /** Whether a lane's calls go by key, which only makes a difference to what a finding says. */
  constructor(private readonly isKeyed: (lane: number) => boolean) {}

  /** Opens a call of a lane, and gives its number. */
  ask(lane: number): number {
    let page = this.#pages.get(lane);
    if (!page) this.#pages.set(lane, (page = emptyPage()));
    return ++page.asked;
  }

  fail(lane: number, number: number): void {
    this.#pages.get(lane)!.failed.add(number);
  }

  /**
   * What is wrong with a counter's ledger when all calls are settled, in words: increments that were acknowledged and
   * are lost, that were counted twice, or that nobody asked for.
   */
  check({ count, again, lanes }: Ledger): string[] {
    const wrong: string[] = [];
    const told = new Map<string, number>();
    const tell = (lane: number, number: number, what: string) => {
      const kind = `${what} (${this.isKeyed(lane) ? "with" : "without"} a key)`;
      const times = (told.get(kind) ?? 0) + 1;
      told.set(kind, times);
      if (times <= shown) wrong.push(`increment ${number} of lane ${lane} ${kind}`);
    };
    let sum = this.#counted;
    for (const [lane, number] of again) tell(lane, number, "was counted twice");
    for (const lane of new Set([...this.#pages.keys(), ...Object.keys(lanes).map(Number)])) {
      const { base, asked, failed } = this.#pages.get(lane) ?? emptyPage();
      const counted = new Set(numbersOf(lanes[lane]?.spans ?? []));
      sum += counted.size;
      for (let number = base + 1; number <= asked; number++) {
        if (!counted.delete(number) && !failed.has(number))
          tell(lane, number, "was acknowledged and is lost");
      }
      for (const number of counted) tell(lane, number, "was counted, and nobody asked for it");
    }
    for (const [kind, times] of told) {
      if (times > shown) wrong.push(`${times - shown} more: ${kind}`);
    }
    if (wrong.length === 0 && count !== sum)
      wrong.push(`it counts to ${count}, and has counted ${sum} increments`);
    return wrong;
  }

  /** Begins new pages after a check. @returns By lane the number up to which the counter may forget. */
  turnOver(ledger: Ledger): Record<number, number> {
    this.#counted = ledger.count;
    for (const page of this.#pages.values()) {
      page.base = page.asked;
      page.failed.clear();
    }
    return Object.fromEntries([...this.#pages].map(([lane, { base }]) => [lane, base]));
  }
}

function emptyPage(): Page {
  return { base: 0, asked: 0, failed: new Set() };
}
