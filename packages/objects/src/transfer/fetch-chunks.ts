import { timeoutError, TroupeError } from "@troupe/core";

import type { ByteBudget } from "./byte-budget.js";
import type { Chunks } from "./chunks.js";

/** Where chunks go. */
export interface Sink {
  readonly chunks: Chunks;
  /** The chunks that are not there yet, in order. */
  missing(): Iterable<number>;
  accept(index: number, bytes: Uint8Array): void | Promise<void>;
}

/** How much of what a host receives may be under way, and how long it waits for it. */
export interface Flow {
  /** Chunks of one transfer that are asked for at once. */
  readonly window: number;
  /** Of all transfers to this host together. */
  readonly budget: ByteBudget;
  /** Milliseconds without any chunk after which a source counts as lost. */
  readonly stallTimeout: number;
}

/** Asks a source for a range. */
export type AskChunk = (offset: number, length: number, signal: AbortSignal) => Promise<unknown>;

/**
 * Fetches what a sink misses from one source, with `flow.window` chunks under way, asked for in order.
 *
 * @throws What the source or the sink throws; ERR_PROTOCOL for a chunk that is none; ERR_TIMEOUT when no chunk comes
 *   for `flow.stallTimeout`; ERR_CANCELLED. No chunk is taken once it has thrown.
 */
export async function fetchChunks(
  source: string,
  ask: AskChunk,
  sink: Sink,
  flow: Flow,
  signal: AbortSignal,
) {
  const { chunks } = sink;
  const { window, budget, stallTimeout } = flow;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  let failure: Error | undefined;
  const end = (error: unknown) => {
    failure ??= error as Error;
    stop.abort();
  };
  let asked = 0;
  const stall = setTimeout(() => {
    // Without a question there is no answer to be late: this host's own bounds hold the transfer back.
    if (asked === 0) stall.refresh();
    else end(timeoutError(`A chunk of "${source}"`, stallTimeout, { peer: source }));
  }, stallTimeout);

  const missing = sink.missing()[Symbol.iterator]();
  const fetchInTurn = async () => {
    for (let next = missing.next(); next.done !== true && !either.aborted; next = missing.next()) {
      const index = next.value;
      const length = chunks.length(index);
      await budget.take(length, either);
      try {
        asked++;
        const bytes = await ask(chunks.offset(index), length, either).finally(() => asked--);
        either.throwIfAborted();
        if (!(bytes instanceof Uint8Array) || bytes.byteLength !== length)
          throw damaged(source, length, bytes);
        stall.refresh();
        await sink.accept(index, bytes);
      } finally {
        budget.give(length);
      }
    }
  };
  const workers = Array.from({ length: Math.min(window, chunks.count) }, () => fetchInTurn().catch(end));
  await Promise.all(workers);
  clearTimeout(stall);
  if (failure) throw failure;
  signal.throwIfAborted();
}

function damaged(source: string, length: number, got: unknown): TroupeError {
  const what = got instanceof Uint8Array ? `${got.byteLength} bytes` : `a ${typeof got}`;
  return new TroupeError("ERR_PROTOCOL", `"${source}" sent ${what} for a chunk of ${length} bytes.`, {
    details: { peer: source },
  });
}
