import { deferred, TroupeError } from "@troupe/core";

import type { Upload } from "../server/update.js";

interface Entry {
  readonly upload: Upload;
  resolve(version: number): void;
  reject(error: unknown): void;
}

/** Gradients that wait until those of all workers are there. */
export class Round {
  #entries: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param timeout Milliseconds from the first gradient until those that are there are given up.
   * @param complete Takes a step by all of them, and gives the version.
   * @param discard Does away with a gradient of which nothing comes.
   */
  constructor(
    private readonly tag: string,
    private readonly workers: number,
    private readonly timeout: number,
    private readonly complete: (uploads: readonly Upload[]) => Promise<number>,
    private readonly discard: (upload: Upload) => void,
  ) {}

  /** @param signal Takes the gradient back, unless all are there. @throws ERR_TIMEOUT; what the step throws */
  async add(upload: Upload, signal: AbortSignal): Promise<number> {
    const { promise, resolve, reject } = deferred<number>();
    const entry: Entry = { upload, resolve, reject };
    const leave = () => {
      if (this.#remove(entry)) reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#entries.push(entry);
    this.#timer ??= setTimeout(() => this.#giveUp(), this.timeout);
    if (this.#entries.length === this.workers) {
      const entries = this.#take();
      this.complete(entries.map((each) => each.upload)).then(
        (version) => entries.forEach((each) => each.resolve(version)),
        (error: unknown) => entries.forEach((each) => each.reject(error)),
      );
    }
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  #take(): Entry[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#entries.splice(0);
  }

  #remove(entry: Entry): boolean {
    const at = this.#entries.indexOf(entry);
    if (at === -1) return false;
    this.#entries.splice(at, 1);
    if (this.#entries.length === 0) this.#take();
    this.discard(entry.upload);
    return true;
  }

  #giveUp(): void {
    const entries = this.#take();
    const { tag, workers, timeout } = this;
    for (const { upload, reject } of entries) {
      this.discard(upload);
      reject(
        new TroupeError(
          "ERR_TIMEOUT",
          `Of the gradients of ${workers} workers for "${tag}" ${entries.length} came within ${timeout} ms; nothing was changed. Apply again, with the newest version.`,
          { details: { tag, workers, came: entries.length, timeout } },
        ),
      );
    }
  }
}
