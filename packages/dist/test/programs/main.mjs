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
  process.argv[2] === "unheeded" || !process.argv[2] ? { cpu: 1 } : {},
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

  /** Says what options are not heeded. */
  async unheeded() {
    for (const name of ["First", "Second"]) {
      const Class = {
        [name]: class {
          where() {
            return "there";
          }
        },
      }[name];
      dist(Class, import.meta, { cpu: 1, restarts: { max: 3 }, supervision: "escalate" });
    }
    const own = await Own.with({ cpu: 2, gpu: 1, name: "placed" }).create();
    console.log(await own.greet());
  },
};

await main(parts[process.argv[2]]);
if (process.argv[2] === "throws") console.log("main() gave back", process.exitCode);
