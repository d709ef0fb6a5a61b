// Those who use a queue: the tests import this module, and so do their pools.
import { context, dist } from "@troupe/dist";

export const Producer = dist(
  class Producer {
    /** Puts so many items, each with its name and number. */
    async produce(queue, name, count) {
      for (let number = 0; number < count; number++) await queue.put({ name, number });
    }
  },
  import.meta,
);

export const Consumer = dist(
  class Consumer {
    taken = [];

    /** Takes items, at most `n` at once, until the queue is closed; says each time what it has. */
    async consume(queue, n, collector, name) {
      for (;;) {
        const items = await queue.get(n);
        if (items.length === 0) return;
        await collector.took(name, items);
      }
    }

    /** Takes one item. */
    async take(queue) {
      const item = await queue.get();
      this.taken.push(item);
      return item;
    }

    /** The same, until it is killed or its caller gives up. */
    async takeWhileWanted(queue) {
      return queue.get.with({ signal: context().signal })();
    }

    /** Takes items one by one, and leaves with the one after which there are enough. */
    async iterate(queue, enough) {
      const items = [];
      for await (const item of queue.items()) if (items.push(item) === enough) break;
      return items;
    }
  },
  import.meta,
  { concurrency: "unbounded" },
);

/** Remembers who took what. */
export const Collector = dist(
  class Collector {
    #taken = new Map();

    took(name, items) {
      if (!this.#taken.has(name)) this.#taken.set(name, []);
      this.#taken.get(name).push(...items);
    }

    taken() {
      return this.#taken;
    }
  },
  import.meta,
);
