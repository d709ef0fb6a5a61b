import { describe, expectTypeOf, it } from "vitest";

import { dist, type Distributed, launch, type Message, type Proxy } from "../src/index.js";

interface Messages {
  hello: { readonly from: string };
  rollout: { readonly steps: number };
}

class Worker {
  #secret = 1;
  greeting = "hi";
  constructor(readonly index = 0) {}
  peek(): number {
    return this.#secret;
  }
}

describe("types flow through dist()", () => {
  it("gives handlers the class's instance and the declared body, in dist(Class, options)", () => {
    const Distributed = dist<typeof Worker, Messages>(Worker, {
      group: "types",
      handlers: {
        hello: (local, proxy, message) => {
          expectTypeOf(local).toEqualTypeOf<Worker>();
          expectTypeOf(proxy).toEqualTypeOf<Proxy<Messages>>();
          expectTypeOf(message).toEqualTypeOf<Message<{ readonly from: string }, "hello">>();
        },
        "worker:rollout:3": (_local, _proxy, messages) => {
          expectTypeOf(messages).toEqualTypeOf<Message<{ readonly steps: number }, "rollout">[]>();
        },
      },
    });
    const worker = new Distributed(3);
    expectTypeOf(worker.greeting).toEqualTypeOf<string>();
    expectTypeOf(worker.launch).toEqualTypeOf<Distributed["launch"]>();
    expectTypeOf(worker.local).toEqualTypeOf<Worker>();
    expectTypeOf<ConstructorParameters<typeof Distributed>>().toEqualTypeOf<
      ConstructorParameters<typeof Worker>
    >();
  });

  it("infers without a message map: the type of the message is that of the event", () => {
    dist(Worker, {
      group: "types",
      handlers: {
        hello: (local, _proxy, message) => {
          expectTypeOf(local).toEqualTypeOf<Worker>();
          expectTypeOf(message.type).toEqualTypeOf<"hello">();
          expectTypeOf(message.body).toEqualTypeOf<unknown>();
        },
        "*:done:60%": (_local, _proxy, messages) => {
          expectTypeOf(messages).toEqualTypeOf<Message<unknown, "done">[]>();
        },
      },
    });
  });

  it("names the class in the decorator's form", () => {
    @dist<Annotated, Messages>({
      group: "types",
      handlers: {
        hello: (local, proxy, message) => {
          expectTypeOf(local).toEqualTypeOf<Annotated>();
          return proxy.reply(message, { body: local.greeting });
        },
      },
    })
    class Annotated {
      greeting = "hi";
    }
    expectTypeOf(launch).parameter(0).toEqualTypeOf<object>();
    expectTypeOf(new Annotated().greeting).toEqualTypeOf<string>();
  });

  it("keeps an attribute of the instance that is named like one of ours", () => {
    const stand = dist({ group: "types" })({ launch: 7, name: "x" });
    expectTypeOf(stand.launch).toEqualTypeOf<number>();
    expectTypeOf(stand.close).toEqualTypeOf<() => Promise<void>>();
  });

  it("refuses a type that the message map does not have, and a class that the handlers are not for", () => {
    dist<typeof Worker, Messages>(Worker, {
      group: "types",
      handlers: {
        // @ts-expect-error -- no such type
        unheard: () => undefined,
      },
    });
    // @ts-expect-error -- Worker has no `other`
    dist<{ other: number }>({ group: "types" })(Worker);
  });
});
