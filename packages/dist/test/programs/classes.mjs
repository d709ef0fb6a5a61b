// Classes of other kinds: with statics, with bases, by the curried form, and one that nobody distributes.
import { dist, init } from "@troupe/dist";

export class OwnStatics {
  static create() {
    return "made";
  }
  static find(what) {
    return `found ${what}`;
  }
  static other() {
    return "other";
  }
  pid() {
    return process.pid;
  }
}
export const DistributedStatics = dist(OwnStatics, import.meta);

/** What `@dist({}) class DecoratedStatics` is compiled to. */
export class DecoratedStatics extends OwnStatics {}
decorate(DecoratedStatics, {});

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
decorate(Kept, { mailbox: 100 });

function decorate(Class, options) {
  const initializers = [];
  dist(options)(Class, {
    kind: "class",
    name: Class.name,
    metadata: {},
    addInitializer: (initializer) => initializers.push(initializer),
  });
  for (const initialize of initializers) initialize.call(Class);
}

export class Plain {
  pid() {
    return process.pid;
  }
}
