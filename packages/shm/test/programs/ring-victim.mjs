// Writes records without end, until it is killed: ring-victim.mjs
import { RingWriter } from "@troupe/shm";

import { framesOf } from "./records.mjs";

const writer = RingWriter.create(32 * 1024);
console.log(`ring ${writer.name}`);
await new Promise((resolve) => process.stdin.once("data", resolve));
writer.unlink();
for (let number = 0; ;) if (writer.write(framesOf(number), number)) number++;
