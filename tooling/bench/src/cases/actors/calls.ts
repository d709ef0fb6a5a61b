import type { BenchCase } from "../../case.js";
import { comlinkCalls } from "../../peers/comlink.js";
import { nactCalls } from "../../peers/nact.js";
import { ray, xoscar } from "../../peers/python.js";
import { piscinaCalls, workerpoolCalls } from "../../peers/worker-pools.js";
import { plainCalls } from "../../raw/limits.js";
import { ringCalls, ringTells } from "../../raw/ring.js";
import { troupe } from "../../troupe/actors.js";
import { rawEcho } from "../proxy.js";

/** As many bytes as a small call has. */
const payload = Buffer.alloc(40, "x");

/** Calls between two processes, and within one. The figures in comments are those of the machine of the page. */
export const callCases: readonly BenchCase[] = [
  {
    group: "actors",
    name: "call, one at a time, other process",
    unit: "ops/s",
    batch: 500,
    latency: true,
    // 100,000/s: by the ring prototype's 170,000/s, by Ray's 1,785/s.
    reach: [
      { of: "ring prototype", ratio: 0.59 },
      { of: "ring prototype", ratio: 0.59, by: "p50" },
      { of: "Ray", ratio: 56 },
      { of: "Ray", ratio: 56, by: "p50" },
    ],
    contenders: [
      troupe("one"),
      ringCalls(1),
      comlinkCalls(1),
      piscinaCalls(1),
      workerpoolCalls(1),
      ray.speed("sync"),
      xoscar.speed("sync"),
    ],
  },
  {
    group: "actors",
    name: "call, one at a time, other process, over ipc",
    unit: "ops/s",
    batch: 500,
    latency: true,
    reach: [
      { of: "raw, unbatched", ratio: 0.85 },
      { of: "raw, unbatched", ratio: 0.85, by: "p50" },
    ],
    contenders: [troupe("one", { shm: false }), rawEcho("raw, unbatched", payload, 1)],
  },
  {
    group: "actors",
    name: "calls, 1,000 in flight",
    unit: "ops/s",
    batch: 1000,
    // 1.2 M/s: by the ring prototype's 1.7 M/s, by Ray's 6,316/s.
    reach: [
      { of: "ring prototype", ratio: 0.7 },
      { of: "Ray", ratio: 190 },
    ],
    contenders: [
      troupe("inFlight"),
      ringCalls(1000),
      comlinkCalls(1000),
      piscinaCalls(1000),
      workerpoolCalls(1000),
      ray.speed("in_flight"),
      xoscar.speed("in_flight"),
    ],
  },
  {
    group: "actors",
    name: "tell",
    unit: "ops/s",
    batch: 2000,
    // 2 M/s: by the 1.7 M calls a second of the ring prototype, by Xoscar's 26,800/s.
    reach: [
      { of: "ring prototype", ratio: 1.18 },
      { of: "Xoscar", ratio: 75 },
    ],
    contenders: [troupe("tell"), ringTells, ringCalls(1000), xoscar.speed("tell")],
  },
  {
    group: "actors",
    name: "batch method, items",
    unit: "ops/s",
    batch: 2000,
    // 3 M/s: by the 1.7 M calls a second of the ring prototype, by Xoscar's 343,000/s.
    reach: [
      { of: "ring prototype", ratio: 1.76 },
      { of: "Xoscar", ratio: 8.7 },
    ],
    contenders: [troupe("batch"), ringCalls(1000), xoscar.speed("batch")],
  },
  {
    group: "actors",
    name: "same pool, one at a time",
    unit: "ops/s",
    batch: 2000,
    // 2 M/s: where a plain async call was measured at 28 M/s, and Xoscar at 415,000/s.
    reach: [
      { of: "plain async call", ratio: 0.07 },
      { of: "Xoscar", ratio: 4.8 },
    ],
    contenders: [troupe("local"), plainCalls, nactCalls, xoscar.speed("local")],
  },
  {
    group: "actors",
    name: "n:n, 4 pools",
    unit: "ops/s",
    batch: 4000,
    // 1 M/s: by the ring prototype's 1.7 M/s from one process to one other, by Ray's 7,592/s.
    reach: [
      { of: "ring prototype", ratio: 0.59 },
      { of: "Ray", ratio: 132 },
    ],
    contenders: [troupe("nToN", { pools: 4, actors: 4 }), ringCalls(1000), ray.speed("n_n")],
  },
];
