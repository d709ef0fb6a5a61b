import type { BenchCase } from "../../case.js";
import { comlinkLarge } from "../../peers/comlink.js";
import { ray, xoscar } from "../../peers/python.js";
import { troupe } from "../../troupe/actors.js";
import { memcpy } from "../../raw/limits.js";

const bytes = new Uint8Array(64 * 1024 * 1024).fill(7);

/** Large binary arguments, which need to be copied once. */
export const largeCases: readonly BenchCase[] = [
  {
    group: "actors",
    name: "64 MiB argument",
    unit: "MB/s",
    bytes: bytes.byteLength,
    batch: 2,
    // 6 GB/s where memcpy does 16.
    reach: [
      { of: "memcpy", ratio: 0.375 },
      { of: "Xoscar", ratio: 6 },
    ],
    contenders: [
      troupe("large"),
      memcpy(bytes.byteLength),
      comlinkLarge(bytes),
      ray.speed("large"),
      xoscar.speed("large"),
    ],
  },
];
