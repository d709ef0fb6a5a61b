// Writes rows until it is killed: write-on.mjs <buffer>.
import { ReplayBuffer } from "@troupe/replay";

import { rowOf } from "./rows.mjs";

const writer = ReplayBuffer.open(process.argv[2]).writer();
for (let count = 0; ; count++) {
  writer.write(rowOf(2, count));
  if (count === 100) console.log("writing");
}
