// Writes rows until it is killed: write.mjs <buffer> <counts> <writer> <rows at once> [onSafeArea]. The segment of
// counts has for each writer how many of its rows are in the buffer for sure; it goes on from there.
import { ReplayBuffer } from "@troupe/replay";
import { Segment } from "@troupe/shm";

import { columnsOf, rowOf } from "./rows.mjs";

const [name, counts, number, atOnce, onSafeArea = "skip"] = process.argv.slice(2);
const writer = Number(number);
const n = Number(atOnce);
const done = new Int32Array(Segment.open(counts).buffer);
const head = ReplayBuffer.open(name).writer({ wait: 20, onSafeArea });
// What was under way when it was killed may be in the buffer, so its counts are not used again.
for (let count = done[writer] + (done[writer] === 0 ? 0 : n); ;) {
  const written = n === 1 ? head.write(rowOf(writer, count)) : head.writeBatch(columnsOf(writer, count, n));
  if (!written) continue;
  count += n;
  Atomics.store(done, writer, count);
  if (count === n) console.log("writing");
}
