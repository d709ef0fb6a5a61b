import { fork } from "node:child_process";
import { once } from "node:events";

import { RingReader, RingWriter, shmProblem, SlabArena, SlabReader } from "@troupe/shm";

import { type BenchCase, type Contender, PeerMissing } from "../case.js";
import { memcpy } from "../raw/limits.js";
import { rawEcho } from "./proxy.js";

const ringBytes = 1024 * 1024;
const small = Buffer.alloc(40, 7);
const packet = Buffer.alloc(8 * 1024, 7);
const large = new Uint8Array(64 * 1024 * 1024).fill(7);

/** @throws PeerMissing where there is no shared memory. */
function needSharedMemory(): void {
  const problem = shmProblem();
  if (problem !== undefined) throw new PeerMissing(problem);
}

/** One record at a time in and out, in one process. */
function throughRing(frame: Uint8Array): Contender {
  return {
    name: "Troupe ring",
    role: "troupe",
    setup() {
      needSharedMemory();
      const writer = RingWriter.create(ringBytes);
      const reader = RingReader.open(writer.name);
      writer.unlink();
      const frames = [frame];
      return {
        run(n) {
          for (let i = 0; i < n; i++) {
            writer.write(frames);
            if (reader.read() === undefined) throw new Error("The ring lost a record.");
          }
        },
        teardown() {
          writer.close();
          reader.close();
        },
      };
    },
  };
}

/** What one would use within a process: a copy goes in, and comes out. */
const arrayQueue: Contender = {
  name: "array of copies",
  role: "raw",
  setup() {
    const queue: Buffer[] = [];
    return {
      run(n) {
        for (let i = 0; i < n; i++) {
          queue.push(Buffer.from(small));
          if (queue.shift() === undefined) throw new Error("The queue lost a record.");
        }
      },
      teardown: () => undefined,
    };
  },
};

/** One record there and back between two processes that poll from `setImmediate`. */
const ringEcho: Contender = {
  name: "Troupe ring, polled",
  role: "troupe",
  async setup() {
    needSharedMemory();
    const writer = RingWriter.create(ringBytes);
    const child = fork(new URL("../programs/ring-echo.mjs", import.meta.url), [writer.name, `${ringBytes}`], {
      execArgv: [],
    });
    const [name] = (await once(child, "message")) as [string];
    const reader = RingReader.open(name);
    writer.unlink();
    const order = async (text: "opened" | "poll" | "rest") => {
      child.send(text);
      await once(child, "message");
    };
    await order("opened");
    const frames = [small];
    const echoes = (n: number) =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        let left = n;
        writer.write(frames);
        const poll = () => {
          if (reader.read() !== undefined) {
            if (--left === 0) return resolve((performance.now() - start) / 1000);
            writer.write(frames);
          }
          setImmediate(poll);
        };
        poll();
      });
    /** The other side polls while it is measured and no longer: others are measured after it. */
    const polled = async <T>(work: () => Promise<T>) => {
      await order("poll");
      const result = await work();
      await order("rest");
      return result;
    };
    return {
      run: (n) => polled(() => echoes(n)),
      sample: (n) =>
        polled(async () => {
          const times: number[] = [];
          for (let i = 0; i < n; i++) times.push(await echoes(1));
          return times;
        }),
      async teardown() {
        child.disconnect();
        await once(child, "exit");
        writer.close();
        reader.close();
      },
    };
  },
};

/** A block is allocated, written once, opened by its handle, and released. */
const slabCopies: Contender = {
  name: "Troupe slab, written and opened",
  role: "troupe",
  setup() {
    needSharedMemory();
    const arena = new SlabArena({ limit: 2 * large.byteLength });
    const reader = new SlabReader();
    return {
      run(n) {
        for (let i = 0; i < n; i++) {
          const block = arena.allocate(large.byteLength);
          if (block === undefined) throw new Error("The arena lost a block.");
          block.bytes.set(large);
          reader.release(reader.open(block.handle));
        }
      },
      teardown() {
        arena.close();
        reader.close();
      },
    };
  },
};

/** Shared memory against what it replaces and against plain copies. */
export const shmCases: readonly BenchCase[] = [
  {
    group: "shm",
    name: "ring, 40 bytes in and out of one process",
    unit: "ops/s",
    batch: 10_000,
    contenders: [throughRing(small), arrayQueue],
  },
  {
    group: "shm",
    name: "ring, 8 KiB in and out of one process",
    unit: "MB/s",
    bytes: packet.byteLength,
    batch: 1000,
    contenders: [throughRing(packet), memcpy(packet.byteLength)],
  },
  {
    group: "shm",
    name: "ring, there and back between processes",
    unit: "ops/s",
    batch: 500,
    latency: true,
    reach: { of: "raw, unbatched", ratio: 3 },
    contenders: [ringEcho, rawEcho("raw, unbatched", small, 1)],
  },
  {
    group: "shm",
    name: "slab, 64 MiB",
    unit: "MB/s",
    bytes: large.byteLength,
    batch: 4,
    reach: { of: "memcpy", ratio: 0.9 },
    contenders: [slabCopies, memcpy(large.byteLength)],
  },
];
