import { fork } from "node:child_process";
import { once } from "node:events";

import { collective, collectiveName } from "@troupe/collective";
import { shmProblem } from "@troupe/shm";

import { type BenchCase, type Contender, PeerMissing } from "../case.js";
import { timed, worksOf } from "../programs/collective-work.mjs";
import { memcpy } from "../raw/limits.js";

const KiB = 1024;
const MiB = 1024 * 1024;
const size = 4;

/** Four processes, of which this one is the first. */
function troupe(what: string): Contender {
  return {
    name: "Troupe collective",
    role: "troupe",
    async setup() {
      const problem = shmProblem();
      if (problem !== undefined) throw new PeerMissing(problem);
      const name = collectiveName("bench");
      const peers = [1, 2, 3].map((rank) =>
        fork(new URL("../programs/collective-peer.mjs", import.meta.url), [name, `${rank}`, `${size}`], {
          execArgv: [],
        }),
      );
      const group = await collective({ name, rank: 0, size });
      const works = worksOf(group);
      const command = async (n: number) => {
        await group.broadcast(Int32Array.of([...works.keys()].indexOf(what), n));
      };
      return {
        async run(n) {
          await command(n);
          return timed(group, works.get(what)!, n);
        },
        async sample(n) {
          const seconds: number[] = [];
          await command(n);
          await timed(
            group,
            async () => {
              const start = performance.now();
              await works.get(what)!();
              seconds.push((performance.now() - start) / 1000);
            },
            n,
          );
          return seconds;
        },
        async teardown() {
          const ended = Promise.all(peers.map((peer) => once(peer, "exit")));
          group.close();
          await ended;
        },
      };
    },
  };
}

/**
 * What must move: to reduce arrays of `n` bytes of four members, each array is read once and each result written once,
 * whatever the algorithm, which is what four copies of `n` bytes read and write. To broadcast, three copies are made.
 * Copies are those of one process; the members have what cores there are.
 */
export const collectiveCases: readonly BenchCase[] = [
  {
    group: "collective",
    name: "barrier, 4 processes",
    unit: "ops/s",
    batch: 100,
    latency: true,
    contenders: [troupe("barrier")],
  },
  {
    group: "collective",
    name: "allreduce of 1 KiB, 4 processes",
    unit: "MB/s",
    bytes: 4 * KiB,
    batch: 100,
    latency: true,
    contenders: [troupe(`allreduce ${KiB}`), memcpy(4 * KiB)],
  },
  {
    group: "collective",
    name: "allreduce of 1 MiB, 4 processes",
    unit: "MB/s",
    bytes: 4 * MiB,
    batch: 10,
    contenders: [troupe(`allreduce ${MiB}`), memcpy(4 * MiB)],
  },
  {
    group: "collective",
    name: "allreduce of 64 MiB, 4 processes",
    unit: "MB/s",
    bytes: 256 * MiB,
    contenders: [troupe(`allreduce ${64 * MiB}`), memcpy(256 * MiB)],
  },
  {
    group: "collective",
    name: "allreduce of 64 MiB out of own arrays, 4 processes",
    unit: "MB/s",
    bytes: 256 * MiB,
    contenders: [troupe(`allreduce own ${64 * MiB}`), memcpy(256 * MiB)],
  },
  {
    group: "collective",
    name: "broadcast of 1 KiB, 4 processes",
    unit: "MB/s",
    bytes: 3 * KiB,
    batch: 100,
    latency: true,
    contenders: [troupe(`broadcast ${KiB}`), memcpy(3 * KiB)],
  },
  {
    group: "collective",
    name: "broadcast of 64 MiB, 4 processes",
    unit: "MB/s",
    bytes: 192 * MiB,
    contenders: [troupe(`broadcast ${64 * MiB}`), memcpy(192 * MiB)],
  },
];
