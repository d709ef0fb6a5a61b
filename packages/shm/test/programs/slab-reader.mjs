// Opens the handle of each line, prints the sum of its bytes and keeps it; `forget` lets all go; `end` ends.
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";

import { SlabReader } from "@troupe/shm";

const reader = new SlabReader();
let views = [];
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "end") break;
  if (line === "forget") {
    views = [];
    await setImmediate();
    globalThis.gc();
  } else {
    console.log(`sum ${open(JSON.parse(line))}`);
  }
}
reader.close();
process.stdin.destroy();

function open(handle) {
  const view = reader.open(handle);
  views.push(view);
  return view.reduce((sum, byte) => sum + byte, 0);
}
