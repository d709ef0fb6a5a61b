// Makes a segment, fills it with sevens, keeps later writes to itself, and stays.
import { Segment } from "@troupe/shm";

const segment = Segment.create("alloc", 100_000);
const bytes = new Uint8Array(segment.buffer).fill(7);
segment.makePrivate();
console.log(`made ${segment.name}`);
await new Promise((resolve) => process.stdin.once("data", resolve));
bytes.fill(99);
console.log("wrote");
setInterval(() => {}, 1000);
