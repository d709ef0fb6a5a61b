import { isProcessAlive, type ProcessIdentity, TroupeError } from "@troupe/core";
import { RingReader, SlabReader, yieldCore } from "@troupe/shm";

import { Assembly } from "./assembly.js";

/** Packets read from one ring before the others have their turn. */
const burst = 16;
/**
 * Turns of the event loop without a packet after which the reader sleeps until it is rung for: a conversation
 * with short pauses stays at the speed of the ring, and an idle process costs nothing.
 */
const patience = 200;
/**
 * Of these, those after which it yields its core in each: who is to write next may be waiting for that very core, until
 * the next tick of the system's clock. An answer of a peer that has a core of its own is there before that.
 */
const eagerness = 4;
/**
 * Milliseconds for which others may have the core before the reader sleeps: they have work of their own, and the system
 * gives a core sooner to who is woken than to who has yielded it.
 */
const longYield = 1;

/** A peer's ring to here. */
interface InboundRing {
  readonly reader: RingReader;
  readonly assembly: Assembly;
}

/** What is done with what rings bring. */
export interface RingsHandler {
  /** Whether to read on, or to leave it there for those who take the messages to catch up. */
  readonly mayRead: boolean;
  onPacket(frames: Buffer[]): void;
  /** What a peer wrote is no packet; its ring is given up. */
  onBroken(problem: string): void;
}

/** The rings of peers to here, read from the event loop while anything comes, and slept beside when not. */
export class Rings {
  /** By the sender that stands in packets. Offered ones are not read before their sender says so. */
  readonly #offered = new Map<string, InboundRing>();
  readonly #open = new Map<string, InboundRing>();
  /** Processes of senders that left their group: paused, or gone. */
  readonly #suspects = new Map<string, ProcessIdentity>();
  readonly #slabs = new SlabReader();
  #emptyTurns = 0;
  #isPolling = false;

  /** @param limit Most bytes of a packet. */
  constructor(
    private readonly handler: RingsHandler,
    private readonly limit: number,
  ) {}

  /** Opens a ring that a peer offers; says whether it can be read. */
  offer(sender: string, name: string): boolean {
    this.forget(sender);
    try {
      this.#offered.set(sender, {
        reader: RingReader.open(name),
        assembly: new Assembly(this.limit, this.#slabs),
      });
      return true;
    } catch (error) {
      if (error instanceof TroupeError) return false;
      throw error;
    }
  }

  /** From now on the sender's packets come by its ring. */
  start(sender: string): void {
    const ring = this.#offered.get(sender);
    if (!ring) return;
    this.#offered.delete(sender);
    this.#open.set(sender, ring);
    this.wake();
  }

  /** Reads again: something has come. */
  wake(): void {
    this.#emptyTurns = 0;
    if (this.#isPolling || this.#open.size === 0) return;
    for (const { reader } of this.#open.values()) reader.awake();
    this.#isPolling = true;
    setImmediate(this.#poll);
  }

  /** The sender's process may be gone; its ring is given up once it is. */
  suspect(sender: string, itsProcess: ProcessIdentity): void {
    if (!this.#open.has(sender) && !this.#offered.has(sender)) return;
    this.#suspects.set(sender, itsProcess);
    this.wake();
  }

  /** The sender writes no more: what is there is read, and its ring closed. */
  forget(sender: string): void {
    this.#offered.get(sender)?.reader.close();
    this.#offered.delete(sender);
    this.#suspects.delete(sender);
    const ring = this.#open.get(sender);
    if (!ring) return;
    while (this.#tryRead(sender, ring));
    this.#open.delete(sender);
    ring.reader.close();
  }

  close(): void {
    for (const { reader } of [...this.#open.values(), ...this.#offered.values()]) reader.close();
    this.#open.clear();
    this.#offered.clear();
    this.#slabs.close();
  }

  readonly #poll = () => {
    let isEmpty = true;
    for (const [sender, ring] of this.#open) {
      for (let n = 0; n < burst && this.handler.mayRead; n++) {
        if (!this.#tryRead(sender, ring)) break;
        isEmpty = false;
      }
    }
    if (!isEmpty || !this.handler.mayRead) this.#emptyTurns = 0;
    else if (++this.#emptyTurns > patience && this.#sleep()) return;
    else if (this.#emptyTurns > eagerness) this.#yield();
    setImmediate(this.#poll);
  };

  #yield(): void {
    const before = performance.now();
    yieldCore();
    if (performance.now() - before > longYield) this.#emptyTurns = patience;
  }

  #tryRead(sender: string, ring: InboundRing): boolean {
    try {
      return this.#readOne(ring);
    } catch (error) {
      if (!(error instanceof TroupeError)) throw error;
      this.#open.delete(sender);
      ring.reader.close();
      this.handler.onBroken(error.message);
      return false;
    }
  }

  /** Reads a record; `false` when there is none. */
  #readOne({ reader, assembly }: InboundRing): boolean {
    const frames = reader.read();
    if (!frames) return false;
    const packet = assembly.add(reader.tag, frames);
    if (packet) this.handler.onPacket(packet);
    return true;
  }

  /** Whether nothing has come up to the last moment, so that whoever writes next rings the bell. */
  #sleep(): boolean {
    for (const [sender, itsProcess] of this.#suspects) if (!isProcessAlive(itsProcess)) this.forget(sender);
    let isQuiet = true;
    for (const { reader } of this.#open.values()) isQuiet = reader.sleep() && isQuiet;
    if (isQuiet) this.#isPolling = false;
    else for (const { reader } of this.#open.values()) reader.awake();
    this.#emptyTurns = 0;
    return isQuiet;
  }
}
