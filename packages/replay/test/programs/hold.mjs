// Has something of a buffer until it is killed: hold.mjs <buffer> area <rows> | heads.
import { ReplayBuffer } from "@troupe/replay";

const [name, what, rows] = process.argv.slice(2);
const replay = ReplayBuffer.open(name);
const held = what === "area" ? replay.reader().acquire(Number(rows)) : [replay.writer(), replay.reader()];
console.log("holding");
setInterval(() => held, 1000);
