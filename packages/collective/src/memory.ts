import { TroupeError } from "@troupe/core";
import { layout, Segment } from "@troupe/shm";

import { arrayOver, bytesOf, type Numbers, types } from "./elements.js";

/** "TRCG": this memory is a group's. */
const magic = 0x54524347;
/** Raised with each change of what is where. */
const version = 1;

/** Numbers of a call, see `call.ts`; and bytes of a segment's name. */
export const callNumbers = 16;
export const nameBytes = 128;
/** Numbers before the elements of a packet, see `channel.ts`. */
const packetNumbers = 4;

const header = layout(
  {
    /** Written last: what has it is whole. */
    magic: "int32",
    version: "int32",
    size: "int32",
    slotBytes: "int32",
    /** 1 when there is no other group of this name. */
    isOpen: "int32",
  },
  { align: 4 },
);

/** What a member writes, each on lines of the cache of its own. */
const record = layout(
  {
    /** The mark of the thread that is this member, 0 before it came. */
    seat: "int32",
    /** See `members.ts`. */
    state: "int32",
    /** How far it is, see `turns.ts`. */
    progress: "int32",
    /** For whom it sleeps, as rank + 1, and what wakes it. */
    awaits: "int32",
    bell: "int32",
    /** What it calls: two, of which each other call has the same. */
    calls: ["float64", 2 * callNumbers],
    /** The names of the segments that these calls are about, two for each. */
    names: ["uint8", 4 * nameBytes],
  },
  { align: 64 },
);

const channel = layout(
  {
    /** Packets that were sent, and that were received. */
    sent: "int32",
    received: "int32",
    packets: ["float64", 2 * packetNumbers],
  },
  { align: 64 },
);

/** All channels of a group together take this much at most, where each has a page. */
const channelsBytes = 16 * 1024 * 1024;

/** What a member has in shared memory. */
export type MemberRecord = ReturnType<(typeof record)["of"]>;

/** From one member to another: two packets that are under way. */
export interface Channel {
  readonly sent: Int32Array;
  readonly received: Int32Array;
  readonly packets: Float64Array;
  /** Memory of the elements of each packet. */
  readonly places: readonly [number, number];
}

/** A group's shared memory: a header, a record and two slots for each member, and a channel for each two. */
export class Memory {
  readonly name: string;
  readonly size: number;
  /** Bytes of a slot. */
  readonly slotBytes: number;
  /** Bytes of the elements of a packet. */
  readonly packetBytes: number;
  readonly members: readonly MemberRecord[];
  readonly buffer: ArrayBuffer;
  readonly #segment: Segment;
  readonly #isOpen: Int32Array;
  readonly #slotsAt: number;
  readonly #channelsAt: number;
  readonly #channelBytes: number;
  /** Slots as arrays of each type, made when they are first needed. */
  readonly #slots = new Map<number, Numbers>();

  private constructor(segment: Segment, size: number, slotBytes: number) {
    this.#segment = segment;
    this.name = segment.name;
    this.buffer = segment.buffer;
    this.size = size;
    this.slotBytes = slotBytes;
    const places = placesOf(size, slotBytes);
    this.packetBytes = places.packetBytes;
    this.#slotsAt = places.slotsAt;
    this.#channelsAt = places.channelsAt;
    this.#channelBytes = places.channelBytes;
    this.#isOpen = header.of(this.buffer).isOpen;
    this.members = Array.from({ length: size }, (_, rank) =>
      record.of(this.buffer, places.recordsAt + rank * record.byteLength),
    );
  }

  /** @throws ERR_STORE_FULL, ERR_CONFIG where there is no shared memory */
  static create(label: string, size: number, slotBytes: number): Memory {
    const segment = Segment.create(label, placesOf(size, slotBytes).byteLength);
    const head = header.of(segment.buffer);
    head.version[0] = version;
    head.size[0] = size;
    head.slotBytes[0] = slotBytes;
    Atomics.store(head.magic, 0, magic);
    return new Memory(segment, size, slotBytes);
  }

  /** @throws ERR_PROTOCOL when it is of another version; gives `undefined` when it is gone, or not written yet. */
  static open(name: string): Memory | undefined {
    let segment: Segment;
    try {
      segment = Segment.open(name);
    } catch {
      return undefined;
    }
    const head = header.of(segment.buffer);
    if (Atomics.load(head.magic, 0) === magic && head.version[0] === version)
      return new Memory(segment, head.size[0]!, head.slotBytes[0]!);
    segment.close();
    if (head.magic[0] !== magic) return undefined;
    throw new TroupeError(
      "ERR_PROTOCOL",
      `The group in ${name} is of version ${head.version[0]!}, this package is of version ${version}: run the same release everywhere.`,
      { details: { version: head.version[0]!, expected: version } },
    );
  }

  get isOpen(): boolean {
    return Atomics.load(this.#isOpen, 0) === 1;
  }

  /** Others may join from now on. */
  open(): void {
    Atomics.store(this.#isOpen, 0, 1);
  }

  /** One of the two slots of a member, as elements of a type. */
  slot(rank: number, which: number, type: number): Numbers {
    const index = 2 * rank + which;
    const key = index * types.length + type;
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const length = Math.floor(this.slotBytes / bytesOf(type));
    const slot = arrayOver(type, this.buffer, this.#slotsAt + index * this.slotBytes, length);
    this.#slots.set(key, slot);
    return slot;
  }

  /** Elements anywhere in it. */
  elements(at: number, type: number, length: number): Numbers {
    return arrayOver(type, this.buffer, at, length);
  }

  channel(from: number, to: number): Channel {
    const start = this.#channelsAt + (from * this.size + to) * this.#channelBytes;
    const first = start + channel.byteLength;
    return { ...channel.of(this.buffer, start), places: [first, first + this.packetBytes] };
  }

  unlink(): void {
    this.#segment.unlink();
  }

  close(): void {
    this.#segment.close();
  }
}

function placesOf(size: number, slotBytes: number) {
  const recordsAt = 64;
  const slotsAt = recordsAt + size * record.byteLength;
  const channelsAt = slotsAt + size * 2 * slotBytes;
  const packetBytes = Math.max(2048, Math.min(32 * 1024, floor64(channelsBytes / (2 * size * size))));
  const channelBytes = channel.byteLength + 2 * packetBytes;
  return {
    recordsAt,
    slotsAt,
    channelsAt,
    packetBytes,
    channelBytes,
    byteLength: channelsAt + size * size * channelBytes,
  };
}

function floor64(bytes: number): number {
  return Math.floor(bytes / 64) * 64;
}
