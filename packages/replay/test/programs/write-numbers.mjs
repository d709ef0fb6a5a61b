// Writes numbers, and ends: write-numbers.mjs <buffer> <from> <how many>.
import { ReplayBuffer } from "@troupe/replay";

const [name, from, n] = process.argv.slice(2);
const replay = ReplayBuffer.open(name);
for (let value = Number(from); value < Number(from) + Number(n); value++) replay.write({ value });
replay.close();
