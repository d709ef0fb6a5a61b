// Opens, closes, forgets and touches pieces of shared memory in random order, with the collector at work.
import { setImmediate } from "node:timers/promises";

import { Segment, SlabArena, SlabReader } from "@troupe/shm";

const views = [];
const random = (n) => Math.floor(Math.random() * n);
let arena = new SlabArena({ segmentBytes: 1 << 18, limit: 1 << 20 });
let reader = new SlabReader();

for (let round = 0; round < 4000; round++) {
  const segment = Segment.create("random", 4096 * (1 + random(16)));
  segment.unlink();
  views[random(100)] = new Uint8Array(random(2) ? segment.buffer : segment.view(random(2048), random(2048)));
  segment.close();
  const block = arena.allocate(random(50_000));
  if (block !== undefined) {
    const view = reader.open(block.handle);
    if (random(3) === 0) reader.release(view);
    views[random(100)] = view;
    views[random(100)] = block.bytes;
  }
  if (random(200) === 0) {
    arena.close();
    arena = new SlabArena({ segmentBytes: 1 << 18, limit: 1 << 20 });
  }
  if (random(200) === 0) {
    reader.close();
    reader = new SlabReader();
  }
  const touched = views[random(100)];
  if (touched !== undefined && touched.length > 0) touched[random(touched.length)]++;
  if (round % 100 === 0) {
    globalThis.gc();
    await setImmediate();
    for (const view of views) view?.fill(round);
  }
}
arena.close();
reader.close();
for (const view of views) view?.fill(1);
console.log("survived");
