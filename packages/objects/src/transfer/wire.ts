import type { Message, WaitOptions } from "@troupe/core";
import type { Proxy } from "@troupe/proxy";

import type { AskChunk } from "./fetch-chunks.js";
import type { BodyOf, TransferMessage } from "./messages.js";

/** The messages that hosts send each other, over the group that they are in. */
export class Wire {
  /** Whether this host is about to leave: what fails now fails for that. */
  isClosed = false;

  constructor(private readonly proxy: Proxy) {}

  /** Name of this host among the others. */
  get self(): string {
    return this.proxy.name;
  }

  /** Asks a host; waits as long as it lives, unless `options` say less. Throws as {@link Proxy.request}. */
  ask<T extends TransferMessage>(
    host: string,
    type: T,
    body: BodyOf<T>,
    options: WaitOptions,
  ): Promise<Message> {
    return this.proxy.request(host, { type, body }, { ...options, timeout: options.timeout ?? Infinity });
  }

  /** Asks a host for ranges of what it lends under that name. */
  reader(host: string, transfer: string): AskChunk {
    return async (offset, length, signal) =>
      (await this.ask(host, "object-chunk", { transfer, offset, length }, { signal })).body;
  }

  /** Tells a host something that it would find out by itself, as when this host left. Never fails. */
  tell<T extends TransferMessage>(host: string, type: T, body: BodyOf<T>): void {
    this.proxy.send(host, { type, body }).catch(() => undefined);
  }
}
