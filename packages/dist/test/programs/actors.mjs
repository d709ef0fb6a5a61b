// The actors of these tests: the tests import this module, and so do their pools.
import { context, dist } from "@troupe/dist";

export const Counter = dist(
  class Counter {
    count;

    constructor(start = 0) {
      this.count = start;
    }

    add(n) {
      return (this.count += n);
    }

    where() {
      const { path, name, pid, host } = context();
      return { path, name, pid, host };
    }

    threw() {
      throw new RangeError("out of range");
    }

    /** Once the given time is over. */
    later(milliseconds) {
      return new Promise((resolve) => setTimeout(resolve, milliseconds, "later"));
    }

    async *ticks(count, milliseconds) {
      for (let tick = 0; tick < count; tick++) {
        await this.later(milliseconds);
        yield tick;
      }
    }

    stuck() {
      return new Promise(() => {});
    }

    async onStop() {
      if (!this.staysOn) return;
      console.log("told to stop");
      await this.stuck();
    }

    stayOn() {
      this.staysOn = true;
    }
  },
  import.meta,
);

/** Makes others, and calls those that it is given. */
export const Parent = dist(
  class Parent {
    /** Given to it. */
    kept;

    async makes(...args) {
      return context().create(Counter, args);
    }

    async makesByClass() {
      return Counter.create();
    }

    addTo(counter, n) {
      return counter.add(n);
    }

    keep(counter) {
      this.kept = counter;
    }

    async namesOfChildren() {
      return (await context().children).map(String);
    }

    async finds(path) {
      return context().find(path);
    }

    async adds(...args) {
      return add(...args);
    }

    async multiplies(...args) {
      return multiply(...args);
    }
  },
  import.meta,
);

export const add = dist(
  Object.assign(
    function add(a, b) {
      return a + b;
    },
    { unit: "apples" },
  ),
  import.meta,
);

const multiply = dist(
  function multiply(a, b) {
    return a * b;
  },
  import.meta,
);
