import type { Message } from "@troupe/core";

/** A message that waits for an event. The conditions that it counts towards share the one arrival. */
export interface Arrival {
  /**
   * `undefined` once the event has consumed it: a backlog may keep the arrival a while longer, and must not
   * keep a large body alive with it.
   */
  message: Message | undefined;
  readonly source: string;
  /** Place in the order of arrival. */
  readonly order: number;
  /** The backlogs that hold it. */
  readonly heldBy: Backlog[];
}

/** The messages that one condition holds. */
export interface Backlog {
  /** What counts towards the condition's need: messages, or distinct senders. */
  readonly progress: number;
  /** Messages held. */
  readonly size: number;
  add(arrival: Arrival): void;
  /** Whether one more message of this sender counts. */
  advances(source: string): boolean;
  /** Adds the arrivals that meet a need of `count`, oldest first. They stay until they are consumed. */
  collect(count: number, into: Set<Arrival>): void;
  /** Told for each arrival held here, right after it was consumed. */
  onConsumed(arrival: Arrival): void;
}

/** Counts messages. */
export class MessageBacklog implements Backlog {
  #arrivals: Arrival[] = [];
  #head = 0;
  #live = 0;

  get progress(): number {
    return this.#live;
  }

  get size(): number {
    return this.#live;
  }

  add(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#live++;
  }

  advances(): boolean {
    return true;
  }

  collect(count: number, into: Set<Arrival>): void {
    for (let i = this.#head; count > 0 && i < this.#arrivals.length; i++) {
      const arrival = this.#arrivals[i]!;
      if (arrival.message === undefined) continue;
      into.add(arrival);
      count--;
    }
  }

  /** The oldest arrival not consumed. */
  oldest(): Arrival | undefined {
    this.#advanceHead();
    return this.#arrivals[this.#head];
  }

  onConsumed(): void {
    this.#live--;
    this.#advanceHead();
    // Consumed arrivals may lie behind an old one that waits (another condition took them): without this
    // they would pile up for as long as that one waits.
    if (this.#arrivals.length > 32 && this.#arrivals.length > 2 * this.#live) {
      this.#arrivals = this.#arrivals.filter((arrival) => arrival.message !== undefined);
      this.#head = 0;
    }
  }

  #advanceHead(): void {
    while (this.#head < this.#arrivals.length && this.#arrivals[this.#head]!.message === undefined)
      this.#head++;
  }
}

/** Counts distinct senders. Each firing takes one message of a sender, its oldest; the others wait. */
export class SenderBacklog implements Backlog {
  readonly #bySender = new Map<string, MessageBacklog>();
  #size = 0;

  get progress(): number {
    return this.#bySender.size;
  }

  get size(): number {
    return this.#size;
  }

  add(arrival: Arrival): void {
    const { source } = arrival;
    let ofSender = this.#bySender.get(source);
    if (!ofSender) this.#bySender.set(source, (ofSender = new MessageBacklog()));
    ofSender.add(arrival);
    this.#size++;
  }

  advances(source: string): boolean {
    return !this.#bySender.has(source);
  }

  collect(count: number, into: Set<Arrival>): void {
    const oldest: Arrival[] = [];
    for (const ofSender of this.#bySender.values()) {
      const arrival = ofSender.oldest();
      if (arrival) oldest.push(arrival);
    }
    oldest.sort((a, b) => a.order - b.order);
    for (const arrival of oldest.slice(0, count)) into.add(arrival);
  }

  onConsumed(arrival: Arrival): void {
    const { source } = arrival;
    const ofSender = this.#bySender.get(source);
    if (!ofSender) return;
    ofSender.onConsumed();
    if (ofSender.size === 0) this.#bySender.delete(source);
    this.#size--;
  }
}
