// Writes so many records, asleep while the ring is full: ring-writer.mjs <records> <ring bytes>
import { Event, RingWriter, Segment } from "@troupe/shm";

import { framesOf } from "./records.mjs";

const [records, bytes] = process.argv.slice(2).map(Number);
const writer = RingWriter.create(bytes);
const bells = Segment.create("bells", 128);
const words = new Int32Array(bells.buffer);
const toReader = new Event(words, 0);
const toWriter = new Event(words, 16);
console.log(`ring ${writer.name} ${bells.name}`);
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.pause();
writer.unlink();
bells.unlink();
for (let number = 0; number < records; number++) {
  const frames = framesOf(number);
  while (!writer.write(frames, number)) {
    if (!writer.sleep()) continue;
    toWriter.wait();
    toWriter.reset();
  }
  if (writer.claimBell()) toReader.set();
}
console.log("written");
