import type { WaitOptions } from "@troupe/core";

import type { AskChunk } from "./fetch-chunks.js";
import type { BodyOf, TransferMessage } from "./messages.js";

/** The messages that hosts send each other, whatever carries them. */
export interface Wire {
  /** Name of this host among the others. */
  readonly self: string;
  /** Asks a host, and gives what it answers; waits as long as it lives, unless `options` say less. */
  ask<T extends TransferMessage>(
    host: string,
    type: T,
    body: BodyOf<T>,
    options: WaitOptions,
  ): Promise<unknown>;
  /** Tells a host something that it would find out by itself, as when this host left. Never fails. */
  tell<T extends TransferMessage>(host: string, type: T, body: BodyOf<T>): void;
}

/** Asks a host for ranges of what it lends under that name. */
export function readerOf(wire: Wire, host: string, transfer: string): AskChunk {
  return (offset, length, signal) => wire.ask(host, "object-chunk", { transfer, offset, length }, { signal });
}
