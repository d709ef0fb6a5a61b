import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";

import { RingReader, RingWriter, shmProblem } from "@troupe/shm";
import { Packr } from "msgpackr";

import { type Contender, PeerMissing, type Running } from "../case.js";
import { inFlight } from "../programs/in-flight.mjs";
import { residentMB } from "../resident.js";

const packr = new Packr({ useRecords: false });
const ringBytes = 4 * 1024 * 1024;
/** Messages in one record. */
const batch = 256;

type Answer = readonly [id: number, value: unknown];

/**
 * What a call costs at least: two rings polled from `setImmediate`, with the messages of a turn in one packet,
 * and nothing of what makes it usable: no credit, no mailbox, no deadline, no bound, no sleep.
 */
class RingPrototype {
  readonly child: ChildProcess;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #pending = new Map<number, (value: unknown) => void>();
  #queue: unknown[] = [];
  #lastId = 0;
  #polling = false;

  private constructor(child: ChildProcess, writer: RingWriter, reader: RingReader) {
    this.child = child;
    this.#writer = writer;
    this.#reader = reader;
  }

  static async open(): Promise<RingPrototype> {
    const problem = shmProblem();
    if (problem !== undefined) throw new PeerMissing(problem);
    const writer = RingWriter.create(ringBytes);
    const program = new URL("../programs/ring-peer.mjs", import.meta.url);
    const child = fork(program, [writer.name, `${ringBytes}`], { execArgv: [] });
    const [name] = (await once(child, "message")) as [string];
    const reader = RingReader.open(name);
    writer.unlink();
    child.send("opened");
    return new RingPrototype(child, writer, reader);
  }

  /** Has both sides poll while the work is done, and no longer: others are measured after it. */
  async while<T>(work: () => Promise<T>): Promise<T> {
    this.child.send("poll");
    await once(this.child, "message");
    this.#polling = true;
    setImmediate(this.#poll);
    try {
      return await work();
    } finally {
      this.#polling = false;
      this.child.send("rest");
      await once(this.child, "message");
    }
  }

  call(method: string, value: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    this.#push([1, id, 7, method, [value]]);
    return new Promise((resolve) => this.#pending.set(id, resolve));
  }

  tell(method: string, value: unknown): void {
    this.#push([2, 0, 7, method, [value]]);
  }

  async close(): Promise<void> {
    this.child.disconnect();
    await once(this.child, "exit");
    this.#writer.close();
    this.#reader.close();
  }

  #push(message: unknown): void {
    if (this.#queue.push(message) === 1) process.nextTick(this.#flush);
    else if (this.#queue.length === batch) this.#flush();
  }

  readonly #flush = (): void => {
    if (this.#queue.length === 0) return;
    const packet = [packr.pack(this.#queue)];
    this.#queue = [];
    // The prototype does not wait for room: the cases never have more on their way than the ring holds.
    if (!this.#writer.write(packet)) throw new Error("The ring of the prototype is full.");
  };

  readonly #poll = (): void => {
    for (let frames = this.#reader.read(); frames; frames = this.#reader.read()) {
      for (const [id, value] of packr.unpack(frames[0]!) as Answer[]) {
        this.#pending.get(id)!(value);
        this.#pending.delete(id);
      }
    }
    if (this.#polling) setImmediate(this.#poll);
  };
}

/** Calls of the prototype, `concurrency` of them in flight. */
export const ringCalls = (concurrency: number): Contender =>
  prototype("ring prototype", (ring, n) => inFlight(n, concurrency, () => ring.call("add", 1)));

/** One-way messages of the prototype, with an answer to every 10,000th. */
export const ringTells: Contender = prototype("ring prototype, tell", async (ring, n) => {
  for (let i = 1; i < n; i++) {
    ring.tell("add", 1);
    if (i % 10_000 === 0) await ring.call("add", 1);
    else if (i % batch === 0) await turn();
  }
  await ring.call("add", 1);
});

function prototype(name: string, work: (ring: RingPrototype, n: number) => Promise<void>): Contender {
  return {
    name,
    role: "raw",
    async setup(): Promise<Running> {
      const ring = await RingPrototype.open();
      const timed = async (n: number) => {
        const start = performance.now();
        await work(ring, n);
        return (performance.now() - start) / 1000;
      };
      return {
        run: (n) => ring.while(() => timed(n)),
        sample: (n) =>
          ring.while(async () => {
            const times = [];
            for (let i = 0; i < n; i++) times.push(await timed(1));
            return times;
          }),
        residentMB: () => residentMB(ring.child.pid!),
        teardown: () => ring.close(),
      };
    },
  };
}
