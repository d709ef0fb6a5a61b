import type { ObjectPort } from "../port.js";

/** The system message by which processes tell each other about references. */
export const newsOp = "object-news";

/** A reference that was on its way by that ticket of yours is here. */
export const arrived = 0;
/** I have a reference to that object of yours. */
export const borrowed = 1;
/** I have none any more. */
export const returned = 2;

export type NewsItem = readonly [what: typeof arrived | typeof borrowed | typeof returned, number: number];

/** What is to be told to other processes: in the order in which it happened, all of a turn at once. */
export class News {
  readonly #waiting = new Map<ObjectPort, Map<string, NewsItem[]>>();
  #isScheduled = false;

  add(port: ObjectPort, to: string, item: NewsItem): void {
    let byName = this.#waiting.get(port);
    if (!byName) this.#waiting.set(port, (byName = new Map<string, NewsItem[]>()));
    const items = byName.get(to);
    if (items) items.push(item);
    else byName.set(to, [item]);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => this.tell());
  }

  /** Tells what there is now. */
  tell(): void {
    this.#isScheduled = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [port, byName] of waiting) for (const [to, items] of byName) port.tell(to, newsOp, items);
  }
}
