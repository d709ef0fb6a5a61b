// default-cluster.mjs <what>: a program without init() and main(), which does one thing and has nothing more to do.
import { pbkdf2 } from "node:crypto";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { add, Counter } from "./actors.mjs";
import { watch, stop } from "@troupe/dist";

const counter = await Counter.create();
console.log("made", await counter.add(1));

const things = {
  function: async () => console.log("sum", await add(1, 2)),
  /** A promise is nothing to Node. */
  call: () => void Counter.create().then(async (other) => console.log(await other.later(600))),
  stream: async () => {
    for await (const tick of counter.ticks(2, 300)) console.log("tick", tick);
  },
  watch: async () => {
    setTimeout(() => void counter.later(300).then(() => stop(counter)), 100);
    for await (const event of watch(counter)) console.log(event);
  },
  /** Calls that nothing else keeps alive, at all times between two looks of the cluster. */
  timers: () => {
    for (let time = 100; time < 900; time += 3)
      setTimeout(async () => (await counter.add(1)) === 269 && console.log("timers"), time);
  },
  /** In the thread pool, which no list of Node's shows. */
  work: async () => promisify(pbkdf2)("secret", "salt", 1_000_000, 64, "sha512"),
  stdin: async () => {
    for await (const line of createInterface({ input: process.stdin }))
      console.log(line, await counter.add(1));
  },
  /** Looked at, and not read. */
  glance: () => console.log(typeof process.stdin.isTTY),
};

await things[process.argv[2]]();
if (process.argv[2] !== "watch") console.log("over", await counter.add(1));
