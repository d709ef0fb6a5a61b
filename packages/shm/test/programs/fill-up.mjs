// Fills shared memory up, writes to all of it, and makes room again.
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
console.log(`block: ${new SlabArena({ segmentBytes: 1 << 20, limit: 1 << 20 }).allocate(100) ?? "none"}`);
for (const { buffer } of segments) new Uint8Array(buffer).fill(1);
console.log("written to all");
// The kernel takes memory back when nobody has it mapped; with its views gone that is the collector's affair.
const few = Segment.create("fill", 4096);
few[Symbol.dispose]();
console.log("room again");
