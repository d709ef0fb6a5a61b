// Makes a segment full of sevens for each line of input but `end`, and one at the start, or adopts the one that
// is named: make-segment.mjs [segment]
import { createInterface } from "node:readline";

import { Segment } from "@troupe/shm";

const [name] = process.argv.slice(2);
if (name !== undefined) console.log(`adopted ${Segment.adopt(name, "adopted").name}`);
else make();
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "end") break;
  make();
}
process.stdin.destroy();

function make() {
  const segment = Segment.create("made", 5000);
  new Uint8Array(segment.buffer).fill(7);
  console.log(`made ${segment.name}`);
}
