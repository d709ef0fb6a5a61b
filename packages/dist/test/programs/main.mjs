// main.mjs <what>: a program with a main part, which pools import as well.
import { dist, init, main } from "@troupe/dist";

import { Counter } from "./actors.mjs";

// A pool says so as "(pool-0 pid=…) imported".
console.log("imported");

const Own = dist(
  class Own {
    greet() {
      return "hello";
    }
  },
  import.meta,
);

const parts = {
  async works() {
    const own = await Own.create();
    console.log(await own.greet());
  },

  async throws() {
    await init({ pools: 1 });
    await Own.create();
    throw new RangeError("out of range");
  },

  /** Closes in order when it is told to, and says so. */
  async waits(signal) {
    await init({ pools: 1 });
    await Own.create();
    console.log("waiting");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    console.log("told to end");
  },

  /** Has an actor that does not stop, and does not listen itself. */
  async staysOn() {
    await init({ pools: 1 });
    const counter = await Counter.create();
    await counter.stayOn();
    console.log("waiting");
    await new Promise((resolve) => setInterval(resolve, 1e6));
    await new Promise(() => {});
  },

  /** Is interrupted while its cluster starts. */
  async starts() {
    process.kill(process.pid, "SIGTERM");
    await init({ pools: 2 });
    console.log("started");
  },
};

await main(parts[process.argv[2]]);
if (process.argv[2] === "throws") console.log("main() gave back", process.exitCode);
