import type { Message, MessageOf } from "@troupe/core";
import { describe, expectTypeOf, it } from "vitest";

import {
  all,
  any,
  type EventExpression,
  type Group,
  HandlerTable,
  handlersOf,
  type HandlerSpec,
  on,
} from "../src/index.js";

interface Messages {
  rollout: { rewards: number[] };
  done: string;
  score: number;
}

interface Member extends Group {
  send(text: string): void;
}

class Learner {
  steps = 0;
}

class Decorated {
  @on("score") one(_proxy: Member, _message: MessageOf<Messages, "score">): void {}
}

// Checked by the compiler; at run time these only register.
describe("the types of handlers", () => {
  it("follow from the event when the messages are declared", () => {
    const table = new HandlerTable<Learner, Messages, Member>();
    table
      .on("rollout", (local, proxy, message) => {
        expectTypeOf(local).toEqualTypeOf<Learner>();
        expectTypeOf(proxy).toEqualTypeOf<Member>();
        expectTypeOf(message).toEqualTypeOf<Message<{ rewards: number[] }, "rollout">>();
      })
      .on("actor:rollout:3", (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<Message<{ rewards: number[] }, "rollout">[]>();
      })
      .on("*:score:33.3%", (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<Message<number, "score">[]>();
      })
      .on("all(a:rollout:1, any(b:done:2,score))", (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<MessageOf<Messages>[]>();
        for (const message of messages) {
          if (message.type === "score") expectTypeOf(message.body).toEqualTypeOf<number>();
        }
      })
      .on(all("a:rollout:1", any("b:done:2", "*:done:60%")), (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<
          (Message<{ rewards: number[] }, "rollout"> | Message<string, "done">)[]
        >();
      });
  });

  it("refuse events of types that were not declared", () => {
    const table = new HandlerTable<Learner, Messages>();
    const nothing = () => {};
    // @ts-expect-error an unknown bare type
    table.on("rolout", nothing);
    // @ts-expect-error an unknown type in a condition
    table.on("actor:rolout:3", nothing);
    // @ts-expect-error an unknown type inside a string combination
    table.on("all(actor:rollout:3, actor:rolout:3)", nothing);
    // @ts-expect-error an unknown type inside a combination
    table.on(any("actor:rollout:3", all("actor:rolout:3")), nothing);
    // @ts-expect-error a record with an unknown type
    HandlerTable.from<Learner, Messages>({ rolout: nothing });
    // @ts-expect-error a record with an unknown type in a condition
    HandlerTable.from<Learner, Messages>({ "actor:rolout:3": nothing });
  });

  it("refuse a handler that expects another body, or one message where an array comes", () => {
    const table = new HandlerTable<Learner, Messages>();
    // @ts-expect-error the body of a score is a number
    table.on("score", (_local, _proxy, message: Message<string>) => void message);
    // @ts-expect-error an event with counts gives an array
    table.on("actor:score:1", (_local, _proxy, message: Message<number>) => void message);
    // @ts-expect-error a bare type gives one message
    table.on("score", (_local, _proxy, messages: Message<number>[]) => void messages);
  });

  it("leave bodies unknown when no messages are declared", () => {
    const dynamic = ["hel", "lo"].join("");
    new HandlerTable<Learner>()
      .on("anything", (local, proxy, message) => {
        expectTypeOf(local).toEqualTypeOf<Learner>();
        expectTypeOf(proxy).toEqualTypeOf<Group>();
        expectTypeOf(message).toEqualTypeOf<Message<unknown, "anything">>();
      })
      .on("actor:anything:60%", (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<Message<unknown, "anything">[]>();
      })
      .on(dynamic, (_local, _proxy, delivered) => {
        expectTypeOf(delivered).toEqualTypeOf<Message | Message[]>();
      })
      .on(dynamic, (_local, _proxy, message: Message) => void message);
  });

  it("follow from the keys of a record", () => {
    HandlerTable.from({
      hello: (_local, _proxy, message) => {
        expectTypeOf(message).toEqualTypeOf<Message<unknown, "hello">>();
      },
      "actor:rollout:3": (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<Message<unknown, "rollout">[]>();
      },
    });
    HandlerTable.from<Learner, Messages, Member>({
      score: (local, proxy, message) => {
        expectTypeOf(local).toEqualTypeOf<Learner>();
        expectTypeOf(proxy).toEqualTypeOf<Member>();
        expectTypeOf(message).toEqualTypeOf<Message<number, "score">>();
      },
      "actor:rollout:3": (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<Message<{ rewards: number[] }, "rollout">[]>();
      },
      "*:done:60%": (_local, _proxy, messages) => {
        expectTypeOf(messages).toEqualTypeOf<Message<string, "done">[]>();
      },
    });
  });

  it("let one general spec hold tables, records and arrays of any handlers", () => {
    const specs: HandlerSpec<Learner>[] = [
      new HandlerTable<Learner>(),
      { hello: (local: Learner, _proxy: Group, message: Message) => void [local, message] },
      { "actor:hello:2": (_local, _proxy, messages: Message[]) => void messages },
      [["hello", (_local, _proxy, message: Message) => void message]],
      [
        [
          "actor:hello:2",
          (local, _proxy, messages: Message[]) => void [local.steps, messages],
          { distinct: true },
        ],
      ],
      handlersOf(new Learner()),
      handlersOf(Learner),
    ];
    expectTypeOf(HandlerTable.from<Decorated, Messages, Member>(handlersOf(new Decorated()))).toEqualTypeOf<
      HandlerTable<Decorated, Messages, Member>
    >();
    new HandlerTable<Decorated, Messages, Member>()
      .include(handlersOf(Decorated))
      .include({ done: () => {} });
    for (const spec of specs) expectTypeOf(HandlerTable.from(spec)).toEqualTypeOf<HandlerTable<Learner>>();
    expectTypeOf(all("a:x:1", any("b:y:2", "z"))).toEqualTypeOf<EventExpression<"x" | "y" | "z">>();
  });

  it("check the methods that are decorated as handlers", () => {
    class Checked {
      @on("score") without(): void {}
      @on("*:score:2") many(_proxy: Member, _messages: MessageOf<Messages, "score">[]): void {}
      @on(any("*:score:2", "*:done:1")) either(
        _proxy: Member,
        _messages: MessageOf<Messages, "score" | "done">[],
      ): Promise<void> {
        return Promise.resolve();
      }

      // @ts-expect-error an event with counts gives an array
      @on("*:score:2") wrongShape(_proxy: Member, _message: Message<number>): void {}

      // @ts-expect-error the method expects messages of another type
      @on("*:score:2") wrongType(_proxy: Member, _messages: MessageOf<Messages, "done">[]): void {}
    }
    expectTypeOf(handlersOf(Checked)).toEqualTypeOf(handlersOf(new Checked()));
  });
});
