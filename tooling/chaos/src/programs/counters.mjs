// The actors of the kill test: counters that outlive their pools, and relays that call them from other pools.
import { setImmediate } from "node:timers/promises";

import { dist } from "@troupe/dist";

import { addTo } from "./spans.mjs";

const forever = { max: Infinity, backoff: 0 };
/** Increments that a counter tells of by name when they came a second time. */
const remembered = 20;

/**
 * Counts, and keeps which increments it has counted: by lane (one who makes one call after the other) the numbers of
 * the calls. Those up to `base` were checked before, and are kept no longer.
 */
export const Counter = dist(
  class Counter {
    count = 0;
    /** [lane, number] of what came once too often. */
    again = [];
    /** By lane: { base, spans }. */
    lanes = {};

    add(lane, number) {
      const page = (this.lanes[lane] ??= { base: 0, spans: [] });
      const isNew = number > page.base && addTo(page.spans, number);
      if (!isNew && this.again.length < remembered) this.again.push([lane, number]);
      return ++this.count;
    }

    /** Has its effect at once, and answers later: the next is held up, and the process may be killed meanwhile. */
    async addSlowly(lane, number) {
      const count = this.add(lane, number);
      await setImmediate();
      return count;
    }

    ledger() {
      const { count, again, lanes } = this;
      return { count, again, lanes };
    }

    /** Forgets what was checked: by lane all up to a number. */
    turnOver(checked) {
      for (const [lane, base] of Object.entries(checked)) this.lanes[lane] = { base, spans: [] };
      this.again = [];
    }
  },
  import.meta,
  {
    restarts: forever,
    persist: true,
  },
);

/** Makes its caller's calls from its own pool. */
export const Relay = dist(
  class Relay {
    relay(counter, method, lane, number, options) {
      return counter[method].with(options)(lane, number);
    }
  },
  import.meta,
  { restarts: forever, concurrency: "unbounded" },
);
