// Opens objects of another process's store, as each line of input says: `open <key> <place>`, `write <key>`,
// `release <key>`, `forget <key>` (to the collector), `unmap` (says when no segment is mapped any more), `end`.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";

import { ObjectReader } from "@troupe/objects";

const reader = new ObjectReader();
const views = new Map();
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [what, key, place] = line.split(" ");
  if (what === "end") break;
  if (what === "open") open(key, JSON.parse(place));
  else if (what === "write") write(key);
  else if (what === "release") reader.release(views.get(key).buffer);
  else if (what === "unmap") await unmap();
  else {
    views.delete(key);
    await setImmediate();
    globalThis.gc();
  }
}
reader.close();
process.stdin.destroy();

function open(key, at) {
  const view = new Uint8Array(reader.open(at, () => console.log(`dropped ${key}`)));
  views.set(key, view);
  console.log(`object ${key} has ${[...new Set(view)].join(",")}`);
}

function write(key) {
  views.get(key).fill(99);
  console.log(`wrote to ${key}`);
}

async function unmap() {
  views.clear();
  while (readFileSync("/proc/self/maps", "utf8").includes("/troupe.")) {
    reader.trim();
    globalThis.gc();
    await setImmediate();
  }
  console.log("unmapped");
}
