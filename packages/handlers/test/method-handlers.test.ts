import { isTroupeError, type Message } from "@troupe/core";
import { describe, expect, it } from "vitest";

import { any, type Group, HandlerTable, handlersOf, on } from "../src/index.js";
import { group, message, names } from "./fixtures.js";

const peers = group({ actor: names("actor", 2) });

async function deliver<T extends object>(instance: T, ...messages: Message[]): Promise<void> {
  const table = HandlerTable.from<T>(handlersOf(instance));
  for (const one of messages) await table.dispatch(instance, peers, one);
}

class Learner {
  readonly log: string[] = [];
  #secret = "secret";

  @on("hello")
  greet(_proxy: Group, { source }: Message): void {
    this.log.push(`hello ${source}`);
  }

  @on("actor:rollout:100%", { distinct: true })
  async collect(proxy: Group, rollouts: Message[]): Promise<void> {
    await Promise.resolve();
    this.log.push(`${rollouts.length} of ${proxy.peers.get("actor")!.length}`);
  }

  @on("first")
  @on(any("*:second:1", "*:third:1"))
  several(_proxy: Group, delivered: Message | Message[]): void {
    this.log.push([delivered].flat()[0]!.type);
  }

  @on("private")
  #hidden(): void {
    this.log.push(this.#secret);
  }

  reveal(): void {
    this.#hidden();
  }
}

describe("methods decorated with @on", () => {
  it("handle their events, with the instance as this, and the proxy and message as arguments", async () => {
    const learner = new Learner();
    await deliver(
      learner,
      message("hello", "actor-1"),
      message("rollout", "actor-0"),
      message("rollout", "actor-0"),
      message("rollout", "actor-1"),
    );
    expect(learner.log).toEqual(["hello actor-1", "2 of 2"]);
  });

  it("may be private, and may have several events", async () => {
    const learner = new Learner();
    await deliver(learner, message("private"), message("third"), message("first"), message("second"));
    expect(learner.log).toEqual(["secret", "third", "first", "second"]);
  });

  it("are listed in the order written, of an instance as of its class", () => {
    const events = handlersOf(Learner).map(([event]) => event);
    expect(events).toEqual([
      "hello",
      "actor:rollout:100%",
      "first",
      expect.objectContaining({ kind: "any" }),
      "private",
    ]);
    expect(handlersOf(new Learner()).map(([event]) => event)).toEqual(events);
  });

  it("are inherited; a subclass adds its own and overrides by name", async () => {
    class Polite extends Learner {
      @on("bye") leave(): void {
        this.log.push("bye");
      }

      @on("salute")
      override greet(_proxy: Group, { source }: Message): void {
        this.log.push(`salute ${source}`);
      }

      // Not decorated: handles what the overridden method did.
      override async collect(_proxy: Group, rollouts: Message[]): Promise<void> {
        await Promise.resolve();
        this.log.push(`overridden ${rollouts.length}`);
      }
    }
    const polite = new Polite();
    await deliver(
      polite,
      message("bye"),
      message("salute"),
      message("rollout"),
      message("rollout", "actor-1"),
    );
    expect(polite.log).toEqual(["bye", "salute actor-0", "overridden 2"]);
    expect(handlersOf(Polite).map(([event]) => event)).not.toContain("hello");
    expect(handlersOf(Learner).map(([event]) => event)).toContain("hello");
    expect(handlersOf(Learner).map(([event]) => event)).not.toContain("bye");
  });

  it("stay apart between classes of one base", () => {
    class Base {}
    class Left extends Base {
      @on("left") left(): void {}
    }
    class Right extends Base {
      @on("right") right(): void {}
    }
    class LeftMost extends Left {}
    expect(handlersOf(Base)).toEqual([]);
    expect(handlersOf(Left).map(([event]) => event)).toEqual(["left"]);
    expect(handlersOf(Right).map(([event]) => event)).toEqual(["right"]);
    expect(handlersOf(new LeftMost()).map(([event]) => event)).toEqual(["left"]);
  });

  it("are none for a class without them, a plain object or one without a prototype", () => {
    expect(handlersOf(class {})).toEqual([]);
    expect(handlersOf({})).toEqual([]);
    expect(handlersOf(Object.create(null) as object)).toEqual([]);
  });

  it("each work on their own instance", async () => {
    const [one, other] = [new Learner(), new Learner()];
    await deliver(one, message("hello"));
    expect([one.log, other.log]).toEqual([["hello actor-0"], []]);
  });
});

describe("@on where it cannot work", () => {
  const codeOf = (define: () => unknown) => {
    try {
      define();
    } catch (error) {
      return isTroupeError(error) ? `${error.code} ${error.message}` : error;
    }
    return "accepted";
  };

  it("is refused while the class is being defined", () => {
    expect(
      codeOf(
        () =>
          class {
            @on("hello") static greet(): void {}
          },
      ),
    ).toMatch(/^ERR_CONFIG @on\("hello"\): a static method has no instance/);
    expect(codeOf(() => on("actor:rollout"))).toMatch(/^ERR_CONFIG Malformed event/);
    expect(codeOf(() => on("hello", { distinct: true }))).toMatch(/^ERR_CONFIG .*distinct has no meaning/);
  });

  it("says what to do about compilers that lower decorators otherwise", () => {
    const apply = on("hello") as unknown as (target: unknown, context: unknown) => void;
    expect(codeOf(() => apply(class {}.prototype, "greet"))).toMatch(/turn experimentalDecorators off/);
    expect(codeOf(() => apply(undefined, { kind: "field", name: "greet" }))).toMatch(/stands on a field/);
    expect(codeOf(() => apply(undefined, { kind: "method", static: false }))).toMatch(/no metadata/);
  });
});
