import type { WaitOptions } from "@troupe/core";
import type { Proxy } from "@troupe/proxy";

import type { BodyOf, TransferMessage } from "./messages.js";
import type { Wire } from "./wire.js";

/** The messages between hosts that are members of a group. */
export class GroupWire implements Wire {
  constructor(private readonly proxy: Proxy) {}

  get self(): string {
    return this.proxy.name;
  }

  /** Throws as {@link Proxy.request}. */
  async ask<T extends TransferMessage>(
    host: string,
    type: T,
    body: BodyOf<T>,
    options: WaitOptions,
  ): Promise<unknown> {
    const timeout = options.timeout ?? Infinity;
    return (await this.proxy.request(host, { type, body }, { ...options, timeout })).body;
  }

  tell<T extends TransferMessage>(host: string, type: T, body: BodyOf<T>): void {
    this.proxy.send(host, { type, body }).catch(() => undefined);
  }
}
