// Makes a segment, a ring and an arena, and ends without closing any when its input says so: returns, exits
// or throws; or makes them in a thread that ends: hold-segments.mjs <end>
import { isMainThread, Worker } from "node:worker_threads";

import { RingWriter, Segment, SlabArena } from "@troupe/shm";

const [end] = process.argv.slice(2);
if (isMainThread && end === "thread") {
  const worker = new Worker(new URL(import.meta.url));
  worker.on("exit", () => console.log("thread ended"));
} else {
  Segment.create("held", 4096);
  RingWriter.create(1024);
  new SlabArena({ segmentBytes: 65536, limit: 65536 }).allocate(100);
  console.log("made");
}
if (isMainThread) {
  await new Promise((resolve) => process.stdin.once("data", resolve));
  process.stdin.pause();
  if (end === "exits") process.exit(3);
  if (end === "throws") throw new Error("on purpose");
}
