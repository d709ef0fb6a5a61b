import { createHash } from "node:crypto";

import { isTroupeError, type Logger, type Message, type TroupeError, uniqueId } from "@troupe/core";
import { Proxy } from "@troupe/proxy";

import { HostExchange, type HostExchangeOptions, HostStore, ObjectReader } from "../../src/index.js";

const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** A host of an {@link Exchanges}: its place among the others, and its store. */
export interface ExchangeHost {
  readonly exchange: HostExchange;
  readonly store: HostStore;
}

/** Hosts in this process, each with a store of its own, that exchange objects. */
export class Exchanges implements AsyncDisposable {
  readonly #opened: AsyncDisposable[] = [];

  /** @param registry Where they meet. */
  constructor(readonly registry = `memory:${uniqueId()}`) {}

  async join(
    options: Partial<HostExchangeOptions> & { readonly capacity?: number } = {},
  ): Promise<ExchangeHost> {
    const { capacity = 256 * 1024 * 1024, ...rest } = options;
    const store = options.store ?? new HostStore({ capacity, spill: false });
    const exchange = await HostExchange.join({ store, registry: this.registry, log: silent, ...rest });
    this.#opened.unshift(exchange, { [Symbol.asyncDispose]: async () => store.close() });
    return { exchange, store };
  }

  /** So many hosts, `host-0` the first. */
  async joinMany(count: number, options: Partial<HostExchangeOptions> = {}): Promise<ExchangeHost[]> {
    const hosts: ExchangeHost[] = [];
    for (let i = 0; i < count; i++) hosts.push(await this.join(options));
    return hosts;
  }

  /** One that is no host, but knows what hosts say to each other: answers as told, or not at all. */
  async joinImpostor(name: string, answer: (message: Message, proxy: Proxy) => unknown): Promise<Proxy> {
    const proxy = await Proxy.join({
      group: "objects",
      component: "host",
      name,
      registry: this.registry,
      log: silent,
    });
    this.#opened.unshift(proxy);
    void (async () => {
      for await (const message of proxy.receive()) {
        const body = answer(message, proxy);
        if (body !== undefined) await proxy.reply(message, { body });
      }
    })();
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#opened) await one[Symbol.asyncDispose]();
  }
}

/** Bytes that differ from place to place, and with the seed. */
export function pattern(byteLength: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let state = seed >>> 0;
  for (let i = 0; i < byteLength; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Puts bytes into a store as a sealed object. */
export function put(store: HostStore, bytes: Uint8Array, owner = "test"): number {
  const object = store.create(owner, bytes.byteLength);
  object.bytes.set(bytes);
  store.seal(object.key);
  return object.key;
}

const reader = new ObjectReader();

/** The checksum of an object: large arrays take vitest long to compare. */
export async function sumOf(store: HostStore, key: number): Promise<string> {
  const at = await store.pin(key, "test");
  const buffer = reader.open(at, () => store.unpin(key, "test"));
  const sum = sha256(new Uint8Array(buffer, 0, at.byteLength));
  reader.release(buffer);
  return sum;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What the promise rejects with, which must be a TroupeError. */
export async function failureOf(promise: Promise<unknown>): Promise<TroupeError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (isTroupeError(error)) return error;
    throw error;
  }
  throw new Error(`Nothing failed; there came ${JSON.stringify(value)}.`);
}

function ignore(): void {
  // Nobody reads these logs.
}
