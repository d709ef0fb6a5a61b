// Has a store whose objects are in memory and on disk, prints where one of them is, and ends as its input says,
// without closing it: store.mjs [directory]
import { HostStore } from "@troupe/objects";

const [spill] = process.argv.slice(2);
const store = new HostStore({ capacity: 1 << 20, segmentBytes: 1 << 18, spill });
for (let value = 0; value < 40; value++) {
  const { key, bytes } = store.create("owner", 50_000);
  bytes.fill(value);
  store.seal(key);
}
console.log(`spilled ${store.stats().spilled}`);
console.log(`at ${JSON.stringify(store.pin(40, "holder"))}`);
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.destroy();
