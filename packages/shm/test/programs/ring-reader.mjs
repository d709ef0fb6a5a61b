// Reads and checks so many records, asleep while there is none: ring-reader.mjs <records> <ring> <bells>
import { Event, RingReader, Segment } from "@troupe/shm";

import { check } from "./records.mjs";

const [records, ring, bells] = process.argv.slice(2);
const reader = RingReader.open(ring);
const words = new Int32Array(Segment.open(bells).buffer);
const toReader = new Event(words, 0);
const toWriter = new Event(words, 16);
console.log("open");
for (let number = 0; number < Number(records);) {
  const frames = reader.read();
  if (frames !== undefined) {
    check(frames, reader.tag, number++);
    if (reader.claimBell()) toWriter.set();
  } else if (reader.sleep()) {
    toReader.wait();
    toReader.reset();
  }
}
console.log(`checked ${records}, ${reader.isEmpty ? "empty" : "more"}`);
