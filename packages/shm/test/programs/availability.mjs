// Prints whether shared memory can be used, and what each way to it says when it cannot.
import { readFileSync } from "node:fs";

import {
  Event,
  Mutex,
  RingReader,
  RingWriter,
  Segment,
  shmProblem,
  SlabArena,
  SlabReader,
} from "@troupe/shm";

const binding = () => readFileSync("/proc/self/maps", "utf8").includes("koffi");

console.log(`binding before: ${binding()}`);
console.log(`problem: ${shmProblem() ?? "none"}`);
console.log(`binding after: ${binding()}`);

const name = "/troupe.none.00000000.1.1.1";
const ways = {
  segment: () => Segment.create("x", 64),
  ring: () => RingWriter.create(1024),
  reader: () => RingReader.open(name),
  arena: () => new SlabArena({ limit: 1 << 20 }).allocate(1),
  slabs: () => new SlabReader().open({ segment: name, offset: 0, byteLength: 0, slot: 0, generation: 0 }),
  mutex: () => new Mutex(new Int32Array(1)),
  event: () => new Event(new Int32Array(1)),
};
for (const [what, use] of Object.entries(ways)) {
  try {
    use();
  } catch (error) {
    console.log(`${what}: ${error.code} ${error.message}`);
  }
}
