import type { Message } from "@troupe/core";
import { describe, expectTypeOf, it } from "vitest";

import type { GatherOptions, JoinOptions, Peer, Proxy, ProxyStats } from "../src/index.js";

interface Messages {
  hello: { from: string };
  tick: number;
  stop: undefined;
}

describe("a proxy with a message map", () => {
  const proxy = {} as Proxy<Messages>;

  it("knows the body by the type, received and replied", () => {
    expectTypeOf(proxy.receiveOnce).returns.resolves.toEqualTypeOf<
      Message<{ from: string }, "hello"> | Message<number, "tick"> | Message<undefined, "stop"> | undefined
    >();
    type Received = Awaited<ReturnType<typeof proxy.request>>;
    const narrow = (message: Received) => (message.type === "tick" ? message.body : undefined);
    expectTypeOf(narrow).returns.toEqualTypeOf<number | undefined>();
    expectTypeOf(proxy.receive).returns.toExtend<AsyncIterable<Received>>();
    expectTypeOf(proxy.ask).returns.resolves.toEqualTypeOf<Received[]>();
  });

  it("takes only what the map says", () => {
    expectTypeOf(proxy.send).parameter(1).toExtend<{ type: "hello" | "tick" | "stop" }>();
    type Outgoing = Parameters<typeof proxy.send>[1];
    expectTypeOf<{ type: "tick"; body: 1 }>().toExtend<Outgoing>();
    expectTypeOf<{ type: "tick"; body: "one" }>().not.toExtend<Outgoing>();
    expectTypeOf<{ type: "tock" }>().not.toExtend<Outgoing>();
    expectTypeOf<{ to: "x"; type: "stop" }>().toExtend<Parameters<typeof proxy.scatter>[0][number]>();
  });

  it("without a map takes any type, and bodies are unknown", () => {
    const any = {} as Proxy;
    expectTypeOf(any.receiveOnce).returns.resolves.toEqualTypeOf<Message | undefined>();
    expectTypeOf<{ type: "whatever"; body: Date }>().toExtend<Parameters<typeof any.send>[1]>();
  });

  it("has events, options and counts that are typed", () => {
    expectTypeOf(proxy.on<"peer-left">)
      .parameter(1)
      .toExtend<(peer: Peer) => void>();
    expectTypeOf<JoinOptions["peers"]>().toEqualTypeOf<Readonly<Record<string, number>> | undefined>();
    expectTypeOf<GatherOptions>().toHaveProperty("grace");
    expectTypeOf<ProxyStats["late"]>().toEqualTypeOf<number>();
    expectTypeOf<Proxy>().toExtend<AsyncDisposable>();
  });
});
