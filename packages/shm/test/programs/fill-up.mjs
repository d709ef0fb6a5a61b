// Fills shared memory up, writes to all of it, and makes room again.
import { setImmediate } from "node:timers/promises";

import { RingWriter, Segment, SlabArena } from "@troupe/shm";

const segments = [];
try {
  for (;;) segments.push(Segment.create("fill", 300_000));
} catch (error) {
  console.log(`segments: ${error.code}`);
}
try {
  RingWriter.create(1 << 20);
} catch (error) {
  console.log(`ring: ${error.code}`);
}
const arena = new SlabArena({ segmentBytes: 1 << 20, limit: 1 << 20 });
console.log(`block: ${arena.allocate(280_000) ?? "none"}`);
for (const { buffer } of segments) new Uint8Array(buffer).fill(1);
console.log("written to all");
// Memory comes back when nobody has it mapped any more, which is when its views have been collected.
for (const segment of segments.splice(0, 2)) segment[Symbol.dispose]();
let block;
while ((block = arena.allocate(280_000)) === undefined) {
  globalThis.gc();
  await setImmediate();
}
block.bytes.fill(1);
console.log(`room again, for a segment of ${arena.totalBytes < 1 << 20 ? "less" : "all"}`);
