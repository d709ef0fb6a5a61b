import { Segment } from "@troupe/shm";

import type { ObjectPort } from "../port.js";
import type { StoredAt } from "../store/stored-at.js";
import { layOut, type Packed } from "../value/packed.js";
import { type Created, memoryOp, type MemoryRequest } from "./memory-service.js";
import type { Memory } from "./memory.js";

/** The host's store as a process sees it that does not have it. */
export class RemoteMemory implements Memory {
  /** Where this process writes, by name: mapping memory costs more than most objects. */
  readonly #writable = new Map<string, Segment>();

  constructor(
    private readonly port: ObjectPort,
    private readonly host: string,
  ) {}

  /** Into memory of its own, which the store takes over: nobody has to be asked first. */
  async put(packed: Packed): Promise<number> {
    const segment = Segment.create("object", packed.byteLength);
    try {
      layOut(packed, new Uint8Array(segment.buffer));
      return await this.adopt(segment.name);
    } finally {
      segment[Symbol.dispose]();
    }
  }

  async write(packed: Packed): Promise<number> {
    const { key, at } = (await this.#ask(["create", packed.byteLength])) as Created;
    const { buffer } = this.#open(at.segment);
    layOut(packed, new Uint8Array(buffer, at.offset, at.byteLength));
    // Whoever hears of it next may ask for it before a message that nobody waits for has come.
    await this.#ask(["seal", key]);
    return key;
  }

  async adopt(segment: string): Promise<number> {
    return (await this.#ask(["adopt", segment])) as number;
  }

  async pin(key: number): Promise<StoredAt> {
    return (await this.#ask(["pin", key])) as StoredAt;
  }

  unpin(key: number): void {
    this.#tell(["unpin", key]);
  }

  keep(key: number): void {
    this.#tell(["keep", key]);
  }

  delete(key: number): void {
    this.#tell(["delete", key]);
  }

  #ask(request: MemoryRequest): Promise<unknown> {
    return this.port.request(this.host, memoryOp, request);
  }

  #tell(request: MemoryRequest): void {
    this.port.tell(this.host, memoryOp, request);
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
