import { resolve } from "node:path";

import type { WaitOptions } from "@troupe/core";
import { Segment } from "@troupe/shm";

import { hostsOp, type HostsRequest, type Spread, type SpreadOptions } from "../hosts/other-hosts.js";

import type { ObjectPort } from "../port.js";
import type { StoredAt } from "../store/stored-at.js";
import type { Place } from "../value/stored-value.js";
import { layOut, type Packed } from "../value/packed.js";
import { Ahead } from "./ahead.js";
import { type Created, memoryOp, type MemoryRequest } from "./memory-service.js";
import type { Memory, Pinned } from "./memory.js";

/** The host's store as a process sees it that does not have it. */
export class RemoteMemory implements Memory {
  /** Where this process writes, by name: mapping memory costs more than most objects. */
  readonly #writable = new Map<string, Segment>();

  readonly #ahead = new Ahead(
    async (byteLength) => (await this.#ask(["ahead", byteLength])) as Created | null,
    ({ key, at }) => this.delete([key, at.byteLength, this.host]),
  );

  constructor(
    private readonly port: ObjectPort,
    private readonly host: string,
  ) {}

  /** Into memory that was asked for beforehand, else into memory of its own, which the store takes over. */
  async put(packed: Packed): Promise<Place> {
    const created = this.#ahead.take(packed.byteLength);
    const written = created ? this.#fill(created, packed) : this.#hand(packed);
    this.#ahead.prepare(packed.byteLength);
    return written;
  }

  async #hand(packed: Packed): Promise<Place> {
    const segment = Segment.create("object", packed.byteLength);
    try {
      layOut(packed, new Uint8Array(segment.buffer));
      return await this.adopt(segment.name, packed.byteLength);
    } finally {
      segment[Symbol.dispose]();
    }
  }

  async write(packed: Packed): Promise<Place> {
    return this.#fill((await this.#ask(["create", packed.byteLength])) as Created, packed);
  }

  async #fill({ key, at }: Created, packed: Packed): Promise<Place> {
    const { buffer } = this.#open(at.segment);
    layOut(packed, new Uint8Array(buffer, at.offset, at.byteLength));
    // Whoever hears of it next may ask for it before a message that nobody waits for has come.
    await this.#ask(["seal", key]);
    return [key, packed.byteLength, this.host];
  }

  async adopt(segment: string, byteLength: number): Promise<Place> {
    return [(await this.#ask(["adopt", segment])) as number, byteLength, this.host];
  }

  async pin(place: Place): Promise<Pinned> {
    const [key, , store] = place;
    if (store !== this.host) return (await this.#ask(["fetch", place])) as Pinned;
    return { key, at: (await this.#ask(["pin", key])) as StoredAt };
  }

  unpin(key: number): void {
    this.#tell(["unpin", key]);
  }

  keep([key, , store]: Place): void {
    this.#tell(["keep", key], store);
  }

  async promote([key, , store]: Place): Promise<void> {
    await this.#ask(["keep", key], store);
  }

  delete([key, , store]: Place): void {
    this.#tell(["delete", key], store);
  }

  async broadcast(
    place: Place,
    hosts: readonly string[],
    { fanout, ...options }: SpreadOptions,
  ): Promise<Spread> {
    const request: HostsRequest = ["broadcast", place, hosts, fanout ?? null];
    return (await this.port.request(this.host, hostsOp, request, options)) as Spread;
  }

  async sendFile(path: string, host: string, target: string, options: WaitOptions): Promise<void> {
    const request: HostsRequest = ["send-file", resolve(path), host, target];
    await this.port.request(this.host, hostsOp, request, options);
  }

  #ask(request: MemoryRequest, store = this.host): Promise<unknown> {
    return this.port.request(store, memoryOp, request);
  }

  #tell(request: MemoryRequest, store = this.host): void {
    this.port.tell(store, memoryOp, request);
  }

  #open(name: string): Segment {
    const known = this.#writable.get(name);
    if (known) return known;
    const segment = Segment.open(name);
    this.#writable.set(name, segment);
    // The one that was opened first is the likeliest to be gone.
    for (const [oldest, other] of this.#writable) {
      if (this.#writable.size <= maxWritable) break;
      this.#writable.delete(oldest);
      other.close();
    }
    return segment;
  }
}

/** Segments that stay mapped. */
const maxWritable = 16;
