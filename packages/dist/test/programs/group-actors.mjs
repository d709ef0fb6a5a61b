// Actors that are members of a group as well. The registry is that of their runtime directory.
import { context, dist } from "@troupe/dist";

export const Greeter = dist(
  class Greeter {
    greeted = 0;
    log = [];
    running = 0;

    constructor(greeting = "hello") {
      this.greeting = greeting;
    }

    /** Nothing else is to run meanwhile. */
    async alone(what, work = () => {}) {
      if (++this.running > 1) this.log.push(`${what} was not alone`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      const result = work();
      this.running--;
      return result;
    }

    count() {
      return this.alone("a call", () => this.greeted);
    }

    report() {
      return [...this.log];
    }

    member() {
      const { name, group, component } = this.proxy;
      return { name, group, component };
    }

    askOther(name) {
      return this.proxy.request(name, { type: "hello" });
    }
  },
  import.meta,
  {
    group: "greeters",
    component: "greeter",
    handlers: {
      hello: (local, proxy, message) =>
        local.alone("a handler", () => {
          local.greeted++;
          return proxy.reply(message, { body: `${local.greeting} from ${context().path}` });
        }),
      fail: () => {
        throw new RangeError("no greeting");
      },
      leave: (local, proxy) => proxy.close(),
    },
  },
);

/** Waits for a member that never comes. */
export const Lonely = dist(class Lonely {}, import.meta, {
  group: "lonely",
  peers: { nobody: 1 },
  joinTimeout: 50,
  handlers: {},
});

/** Has a member's name that the test has taken. */
export const Namesake = dist(class Namesake {}, import.meta, {
  group: "greeters",
  name: "taken",
  handlers: {},
});
