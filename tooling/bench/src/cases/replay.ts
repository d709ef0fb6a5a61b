import { field, prioritized, ReplayBuffer, type Sampler } from "@troupe/replay";
import { shmProblem } from "@troupe/shm";

import { type BenchCase, type Contender, PeerMissing } from "../case.js";

const capacity = 100_000;
const batchRows = 256;

/** A step of CartPole. */
const schema = {
  obs: field("float32", [4]),
  action: field("int32"),
  reward: field("float32"),
  nextObs: field("float32", [4]),
  done: field("uint8"),
};
const row = {
  obs: new Float32Array(4).fill(1),
  action: 1,
  reward: 1,
  nextObs: new Float32Array(4).fill(2),
  done: 0,
};

/** Many rows, or a whole ring of them, as typed arrays. */
const columnsOf = (rows: number) => ({
  obs: new Float32Array(4 * rows).fill(1),
  action: new Int32Array(rows).fill(1),
  reward: new Float32Array(rows).fill(1),
  nextObs: new Float32Array(4 * rows).fill(2),
  done: new Uint8Array(rows),
});

const frames = { frame: field("uint8", [84, 84, 4]) };
const frameBytes = 84 * 84 * 4;
/** More than the caches of a processor hold, as in any real buffer. */
const frameRows = 4000;
const frameBatch = 32;

/** @throws PeerMissing where there is no shared memory. */
function needSharedMemory(): void {
  const problem = shmProblem();
  if (problem !== undefined) throw new PeerMissing(problem);
}

/** A buffer that is full; operations are rows. */
function troupe(name: string, work: "write" | "writeBatch" | "sample", sampler?: Sampler): Contender {
  return {
    name,
    role: "troupe",
    setup() {
      needSharedMemory();
      const replay = new ReplayBuffer({ capacity, schema, sampler });
      const writer = replay.writer();
      const reader = replay.reader();
      const columns = columnsOf(batchRows);
      for (let i = 0; i < capacity; i += batchRows) writer.writeBatch(columns);
      const into = reader.sample(batchRows)!;
      const steps = {
        write: (n: number) => {
          for (let i = 0; i < n; i++) writer.write(row);
        },
        writeBatch: (n: number) => {
          for (let i = 0; i < n; i += batchRows) writer.writeBatch(columns);
        },
        sample: (n: number) => {
          for (let i = 0; i < n; i += batchRows) reader.sample(batchRows, { into });
        },
      };
      return { run: steps[work], teardown: () => replay.close() };
    },
  };
}

/** Rows copied between typed arrays of this process, without a thought of anybody else. */
function copies(work: "write" | "writeBatch" | "sample"): Contender {
  return {
    name: "typed-array copies",
    role: "raw",
    setup() {
      const ring = columnsOf(capacity);
      const batch = columnsOf(batchRows);
      let at = 0;
      const put = (to: number, from: typeof batch) => {
        ring.obs.set(from.obs, 4 * to);
        ring.action.set(from.action, to);
        ring.reward.set(from.reward, to);
        ring.nextObs.set(from.nextObs, 4 * to);
        ring.done.set(from.done, to);
      };
      const steps = {
        write(n: number) {
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < 4; j++) ring.obs[4 * at + j] = row.obs[j]!;
            ring.action[at] = row.action;
            ring.reward[at] = row.reward;
            for (let j = 0; j < 4; j++) ring.nextObs[4 * at + j] = row.nextObs[j]!;
            ring.done[at] = row.done;
            at = (at + 1) % capacity;
          }
        },
        writeBatch(n: number) {
          for (let i = 0; i < n; i += batchRows) {
            if (at + batchRows > capacity) at = 0;
            put(at, batch);
            at += batchRows;
          }
        },
        sample(n: number) {
          for (let i = 0; i < n; i += batchRows) {
            for (let k = 0; k < batchRows; k++) {
              const from = Math.floor(Math.random() * capacity);
              for (let j = 0; j < 4; j++) batch.obs[4 * k + j] = ring.obs[4 * from + j]!;
              batch.action[k] = ring.action[from]!;
              batch.reward[k] = ring.reward[from]!;
              for (let j = 0; j < 4; j++) batch.nextObs[4 * k + j] = ring.nextObs[4 * from + j]!;
              batch.done[k] = ring.done[from]!;
            }
          }
        },
      };
      return { run: steps[work], teardown: () => undefined };
    },
  };
}

/** What one would write for one process: an array of objects, whose rows are copied when they are sampled. */
function objects(work: "write" | "sample"): Contender {
  return {
    name: "ring of objects",
    role: "raw",
    setup() {
      const fresh = () => ({ ...row, obs: row.obs.slice(), nextObs: row.nextObs.slice() });
      const ring = Array.from({ length: capacity }, fresh);
      const batch = columnsOf(batchRows);
      let at = 0;
      const steps = {
        write(n: number) {
          for (let i = 0; i < n; i++) {
            ring[at] = fresh();
            at = (at + 1) % capacity;
          }
        },
        sample(n: number) {
          for (let i = 0; i < n; i += batchRows) {
            for (let k = 0; k < batchRows; k++) {
              const from = ring[Math.floor(Math.random() * capacity)]!;
              batch.obs.set(from.obs, 4 * k);
              batch.action[k] = from.action;
              batch.reward[k] = from.reward;
              batch.nextObs.set(from.nextObs, 4 * k);
              batch.done[k] = from.done;
            }
          }
        },
      };
      return { run: steps[work], teardown: () => undefined };
    },
  };
}

/** Operations are frames. */
function troupeFrames(work: "write" | "sample"): Contender {
  return {
    name: "Troupe replay",
    role: "troupe",
    setup() {
      needSharedMemory();
      const replay = new ReplayBuffer({ capacity: frameRows, schema: frames });
      const writer = replay.writer();
      const reader = replay.reader();
      const frame = new Uint8Array(frameBytes).fill(7);
      for (let i = 0; i < frameRows; i++) writer.write({ frame });
      const into = reader.sample(frameBatch)!;
      const step = { frame };
      return {
        run(n) {
          if (work === "write") for (let i = 0; i < n; i++) writer.write(step);
          else for (let i = 0; i < n; i += frameBatch) reader.sample(frameBatch, { into });
        },
        teardown: () => replay.close(),
      };
    },
  };
}

/** Frames copied to their places in turn, or from any places. */
function frameCopies(work: "write" | "sample"): Contender {
  return {
    name: "memcpy",
    role: "raw",
    setup() {
      const ring = new Uint8Array(frameRows * frameBytes).fill(7);
      const batch = new Uint8Array(frameBatch * frameBytes).fill(1);
      const frame = new Uint8Array(frameBytes).fill(7);
      let at = 0;
      return {
        run(n) {
          for (let i = 0; i < n; i++) {
            at = (at + 1) % frameRows;
            if (work === "write") {
              ring.set(frame, at * frameBytes);
            } else {
              const from = Math.floor(Math.random() * frameRows) * frameBytes;
              batch.set(ring.subarray(from, from + frameBytes), (i % frameBatch) * frameBytes);
            }
          }
        },
        teardown: () => undefined,
      };
    },
  };
}

/**
 * What is to be reached on a core that copies 66 M rows of CartPole a second in turn and 27 M from any places: 3 M
 * written, 5 M sampled. Frames: 0.7 of memcpy.
 */
export const replayCases: readonly BenchCase[] = [
  {
    group: "replay",
    name: "write, CartPole rows one by one",
    unit: "ops/s",
    batch: 20_000,
    reach: [
      { of: "typed-array copies", ratio: 0.045 },
      { of: "ring of objects", ratio: 1 },
    ],
    contenders: [troupe("Troupe replay", "write"), copies("write"), objects("write")],
  },
  {
    group: "replay",
    name: "write, CartPole rows in batches of 256",
    unit: "ops/s",
    batch: 100 * batchRows,
    contenders: [troupe("Troupe replay", "writeBatch"), copies("writeBatch")],
  },
  {
    group: "replay",
    name: "sample 256 CartPole rows",
    unit: "ops/s",
    batch: 100 * batchRows,
    reach: [
      { of: "typed-array copies", ratio: 0.19 },
      { of: "ring of objects", ratio: 1 },
    ],
    contenders: [troupe("Troupe replay", "sample"), copies("sample"), objects("sample")],
  },
  {
    group: "replay",
    name: "sample 256 CartPole rows by priority",
    unit: "ops/s",
    batch: 100 * batchRows,
    contenders: [troupe("Troupe replay", "sample", prioritized()), copies("sample")],
  },
  {
    group: "replay",
    name: "write, 84×84×4 frames",
    unit: "MB/s",
    bytes: frameBytes,
    batch: 200,
    reach: { of: "memcpy", ratio: 0.7 },
    contenders: [troupeFrames("write"), frameCopies("write")],
  },
  {
    group: "replay",
    name: "sample 32 84×84×4 frames",
    unit: "MB/s",
    bytes: frameBytes,
    batch: 10 * frameBatch,
    reach: { of: "memcpy", ratio: 0.7 },
    contenders: [troupeFrames("sample"), frameCopies("sample")],
  },
];
