/** What a {@link DeadlineLists} holds: its owner adds its own fields. The links belong to the list. */
export interface Waiting {
  /** When the wait is over, in `performance.now()` milliseconds. Set by the list. */
  expires: number;
  list: DeadlineList<Waiting> | undefined;
  previous: Waiting | undefined;
  next: Waiting | undefined;
}

/** Waits of one length, oldest first: the first to expire is always the head, so one timer serves all. */
interface DeadlineList<W extends Waiting> {
  readonly timeout: number;
  head: W | undefined;
  tail: W | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Deadlines for very many waits: entering and leaving are a few assignments, and there is one timer for
 * each distinct length of wait, not one for each wait.
 */
export class DeadlineLists<W extends Waiting> {
  readonly #lists = new Map<number, DeadlineList<W>>();

  /** @param onExpired Gets each wait whose time is over; it has left its list then. */
  constructor(private readonly onExpired: (wait: W) => void) {}

  /** Starts a wait of `timeout` milliseconds, at most {@link maxDelay}. */
  enter(wait: W, timeout: number): void {
    let list = this.#lists.get(timeout);
    if (!list) {
      list = { timeout, head: undefined, tail: undefined, timer: undefined };
      this.#lists.set(timeout, list);
    }
    wait.expires = performance.now() + timeout;
    wait.list = list;
    wait.previous = list.tail;
    wait.next = undefined;
    if (list.tail) list.tail.next = wait;
    else list.head = wait;
    list.tail = wait;
    list.timer ??= setTimeout(() => this.#expire(list), timeout);
  }

  /** Ends a wait before its time. Does nothing for one that is in no list. */
  leave(wait: W): void {
    const list = wait.list as unknown as DeadlineList<W> | undefined;
    if (!list) return;
    wait.list = undefined;
    if (wait.previous) wait.previous.next = wait.next;
    else list.head = wait.next as W | undefined;
    if (wait.next) wait.next.previous = wait.previous;
    else list.tail = wait.previous as W | undefined;
    wait.previous = wait.next = undefined;
  }

  /** Stops every timer; no wait expires any more. */
  close(): void {
    for (const { timer } of this.#lists.values()) clearTimeout(timer);
    this.#lists.clear();
  }

  #expire(list: DeadlineList<W>): void {
    const now = performance.now();
    for (let head = list.head; head && head.expires <= now; head = list.head) {
      this.leave(head);
      this.onExpired(head);
    }
    // A wait that left early left the timer running: it looks again when the present head is due.
    if (list.head) {
      list.timer = setTimeout(() => this.#expire(list), Math.max(1, Math.ceil(list.head.expires - now)));
    } else {
      list.timer = undefined;
      this.#lists.delete(list.timeout);
    }
  }
}
