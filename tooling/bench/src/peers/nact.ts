import { dispatch, query, spawn, start, stop } from "nact";

import type { Contender } from "../case.js";
import { inFlight } from "../programs/in-flight.mjs";

interface Add {
  readonly n: number;
  /** A reference, whose type in nact has no members. */
  readonly asker: object;
}

/** nact, whose actors all live in one process: one question at a time. */
export const nactCalls: Contender = {
  name: "nact",
  role: "peer",
  setup() {
    const system = start();
    const counter = spawn(system, (count: number | undefined, { n, asker }: Add) => {
      const sum = (count ?? 0) + n;
      dispatch(asker, sum);
      return sum;
    });
    return {
      run: (n) => inFlight(n, 1, () => query(counter, (asker: object) => ({ n: 1, asker }), 60_000)),
      teardown: () => stop(system),
    };
  },
};

/** nact actors made: in the process that makes them, having no other. */
export const nactCreate: Contender = {
  name: "nact (same process)",
  role: "peer",
  setup() {
    const system = start();
    // The names that it gives by itself are random numbers of 32 bits, which meet.
    let last = 0;
    return {
      run(n) {
        const actors = Array.from({ length: n }, () => ({ name: `actor-${++last}` }));
        const start = performance.now();
        const made = actors.map(({ name }) => spawn(system, (state: unknown) => state, name));
        const seconds = (performance.now() - start) / 1000;
        for (const actor of made) stop(actor);
        return seconds;
      },
      teardown: () => stop(system),
    };
  },
};
