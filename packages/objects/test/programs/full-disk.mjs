// Fills memory and a disk of 1 MiB, which it mounts, in a mount namespace of its own: full-disk.mjs <directory>
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { HostStore, ObjectReader } from "@troupe/objects";

const [disk] = process.argv.slice(2);
const mounting = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk];
execFileSync(mounting[0], mounting.slice(1));

const length = 100_000;
const store = new HostStore({ capacity: 1 << 20, segmentBytes: 1 << 18, spill: disk });
const reader = new ObjectReader();
const keys = [];
try {
  for (;;) put(keys.length);
} catch ({ code, cause, details }) {
  console.log(`full ${JSON.stringify({ code, cause: cause.code, details })}`);
}
const [folder] = readdirSync(disk);
const files = readdirSync(join(disk, folder));
const whole = files.every((file) => statSync(join(disk, folder, file)).size === length);
console.log(`${files.length} objects on disk, ${whole ? "none" : "some"} cut short`);

// Each comes back in the place of another.
for (const key of keys) await check(key);
const inMemory = keys.filter((key) => !files.includes(String(key)));
for (const key of inMemory) store.delete(key);
for (const file of files) await check(Number(file));
console.log("all are right");
for (let i = 0; i < inMemory.length; i++) put(i);
console.log("room again");
store.close();
reader.close();

function put(value) {
  const { key, bytes } = store.create("owner", length);
  bytes.fill(value);
  store.seal(key);
  keys.push(key);
}

async function check(key) {
  const at = await store.pin(key, "reader");
  const buffer = reader.open(at, () => store.unpin(key, "reader"));
  const value = keys.indexOf(key);
  if (!new Uint8Array(buffer).every((byte) => byte === value)) throw new Error(`object ${key} is not right`);
  reader.release(buffer);
}
