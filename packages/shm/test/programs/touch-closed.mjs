// Touches views of all kinds after everything was closed and swept out; then lets them go.
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

import { Mutex, RingReader, RingWriter, Segment, SlabArena, SlabReader } from "@troupe/shm";

const mapped = () =>
  readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.includes("/troupe."));

let views = open();
await collect();
touch();
if (mapped().length < 4) throw new Error(`unmapped too early: ${mapped().join("\n")}`);
console.log("touched all");

views = undefined;
while (mapped().length > 0) await collect();
console.log("unmapped all");

/** A function, so that no variable of the module keeps the last view. */
function touch() {
  for (const view of views) {
    for (let i = 0; i < view.length; i += 512) view[i] = view[i] + 1;
    Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("hex");
  }
}

function open() {
  const segment = Segment.create("touch", 1 << 20);
  const other = Segment.open(segment.name);
  const writer = RingWriter.create(1 << 16);
  const reader = RingReader.open(writer.name);
  writer.write([Buffer.alloc(1000, 1)]);
  const arena = new SlabArena({ segmentBytes: 1 << 20, limit: 1 << 22 });
  const slabs = new SlabReader();
  const block = arena.allocate(100_000);
  const words = new Int32Array(segment.buffer, 0, 16);
  const views = [
    new Uint8Array(segment.buffer),
    new Uint8Array(other.view(4096, 4096)),
    new Uint8Array(other.view(1000, 10)).subarray(5),
    reader.read()[0],
    block.bytes,
    slabs.open(block.handle),
    words,
  ];
  const mutex = new Mutex(words, 8);
  for (const one of [segment, other, writer, reader, arena, slabs]) one[Symbol.dispose]();
  block.release();
  mutex.lock();
  mutex.unlock();
  return views;
}

async function collect() {
  globalThis.gc();
  await setImmediate();
}
