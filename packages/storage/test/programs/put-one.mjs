// Puts what each line of input says, `key ttl` with a ttl in milliseconds or -, and prints its version: put-one.mjs <url>
import { createInterface } from "node:readline";

import { openStorage } from "@troupe/storage";

const storage = await openStorage(process.argv[2]);
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [key, ttl] = line.split(" ");
  console.log(`put ${key} ${await storage.put(key, key, ttl === "-" ? {} : { ttl: Number(ttl) })}`);
}
await storage.close();
