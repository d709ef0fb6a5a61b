import { TroupeError } from "@troupe/core";

interface Waiter {
  readonly pattern: RegExp;
  next: number;
  readonly resolve: (match: RegExpMatchArray) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The output of a process, in lines, with waits for a line that matches.
 *
 * A match moves the log's cursor behind its line, so that waits made one after the other match lines in
 * order, past or future, each line once.
 */
export class LineLog {
  readonly lines: string[] = [];
  #text = "";
  #partial = "";
  #cursor = 0;
  #ended: (() => Error) | undefined;
  readonly #waiters = new Set<Waiter>();

  /** All that was written so far. */
  get text(): string {
    return this.#text;
  }

  append(chunk: string): void {
    this.#text += chunk;
    const parts = (this.#partial + chunk).split("\n");
    this.#partial = parts.pop() ?? "";
    this.lines.push(...parts.map((line) => line.replace(/\r$/, "")));
    for (const waiter of this.#waiters) this.#look(waiter);
  }

  /** No more output comes: every wait that finds nothing fails with what `reason` makes. */
  end(reason: () => Error): void {
    if (this.#ended) return;
    if (this.#partial) this.append("\n");
    this.#ended = reason;
    for (const waiter of this.#waiters) this.#fail(waiter, reason());
  }

  /**
   * The first line behind the cursor that matches.
   *
   * @param timeout Milliseconds.
   * @param describe Says whose output it is and what it was so far, for the error.
   * @throws ERR_TIMEOUT, or the end's error at once when the output ended without a match.
   */
  async next(pattern: RegExp | string, timeout: number, describe: () => string): Promise<RegExpMatchArray> {
    // Neither `g` nor `y`, whose matches depend on what was matched before.
    const regexp =
      typeof pattern === "string"
        ? new RegExp(pattern.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
        : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ""));
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<RegExpMatchArray>((resolve, reject) => {
        const waiter: Waiter = { pattern: regexp, next: this.#cursor, resolve, reject };
        this.#waiters.add(waiter);
        if (this.#look(waiter)) return;
        if (this.#ended) return this.#fail(waiter, this.#ended());
        timer = setTimeout(() => {
          const message = `No line ${String(pattern)} within ${timeout} ms from ${describe()}`;
          this.#fail(waiter, new TroupeError("ERR_TIMEOUT", message));
        }, timeout);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #look(waiter: Waiter): boolean {
    for (; waiter.next < this.lines.length; waiter.next++) {
      const match = this.lines[waiter.next]?.match(waiter.pattern);
      if (!match) continue;
      this.#cursor = Math.max(this.#cursor, waiter.next + 1);
      this.#waiters.delete(waiter);
      waiter.resolve(match);
      return true;
    }
    return false;
  }

  #fail(waiter: Waiter, error: Error): void {
    this.#waiters.delete(waiter);
    waiter.reject(error);
  }
}
