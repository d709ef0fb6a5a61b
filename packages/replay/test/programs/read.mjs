// Samples rows until it is killed, and ends with 1 when one is torn: read.mjs <buffer> <rows> [acquire].
import { ReplayBuffer } from "@troupe/replay";

import { tornRows } from "./rows.mjs";

const [name, rows, acquire] = process.argv.slice(2);
const reader = ReplayBuffer.open(name).reader({ wait: 20 });
const n = Number(rows);
let into;
for (let i = 0; ;) {
  const batch = acquire ? reader.acquire(n) : (into = reader.sample(n, { into }) ?? into);
  if (batch === undefined) continue;
  if (tornRows(batch.columns) > 0) {
    console.error("a row is torn");
    process.exit(1);
  }
  // Areas are looked at twice: nothing may change in them meanwhile.
  if (acquire && tornRows(batch.columns) > 0) process.exit(1);
  batch.release?.();
  if (i++ === 0) console.log("reading");
}
