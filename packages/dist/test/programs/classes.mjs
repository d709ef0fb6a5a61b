// Classes of other kinds: with statics, with bases, by the curried form, and one that nobody distributes.
import { dist, init } from "@troupe/dist";

export const OwnStatics = dist(
  class OwnStatics {
    static create() {
      return "made";
    }
    static find(what) {
      return `found ${what}`;
    }
  },
  import.meta,
);

export const Base = dist(
  class Base {
    who() {
      return "Base";
    }
  },
  import.meta,
);

export const Derived = dist(
  class Derived extends Base {
    who() {
      return `Derived of ${super.who()}`;
    }
  },
  import.meta,
);

/** What `@dist({ mailbox: 100 }) class Kept` is compiled to, but for the decorator's syntax. */
export class Kept {
  constructor(first, second) {
    this.first = first;
    this.second = second;
  }
  all() {
    return [this.first, this.second];
  }
  async opens() {
    await init();
  }
}
const initializers = [];
dist({ mailbox: 100 })(Kept, {
  kind: "class",
  name: "Kept",
  metadata: {},
  addInitializer: (initializer) => initializers.push(initializer),
});
for (const initialize of initializers) initialize.call(Kept);

export class Plain {
  pid() {
    return process.pid;
  }
}
