// Makes two blocks, prints their handles and stays.
import { SlabArena } from "@troupe/shm";

const arena = new SlabArena({ segmentBytes: 1 << 20, limit: 1 << 20 });
const handles = [5, 6].map((value) => {
  const { bytes, handle } = arena.allocate(10_000);
  bytes.fill(value);
  return JSON.stringify(handle);
});
console.log(handles.join(" "));
setInterval(() => {}, 1000);
