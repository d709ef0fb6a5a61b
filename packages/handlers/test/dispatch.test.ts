import type { Message } from "@troupe/core";
import { deferred } from "@troupe/core";
import { describe, expect, it } from "vitest";

import { HandlerTable } from "../src/index.js";
import { group, idsOf, message, names, recordingLogger } from "./fixtures.js";

const actors = group({ actor: names("actor", 4) });

describe("dispatching a message", () => {
  it("calls the handler of its type with what it works on, the proxy and the message", async () => {
    const local = { greeting: "hi" };
    const calls: unknown[][] = [];
    const table = new HandlerTable<typeof local>().on("hello", (...args) => void calls.push(args));
    const hello = message("hello");
    await table.dispatch(local, actors, hello);
    expect(calls).toEqual([[local, actors, hello]]);
    expect(calls[0]![0]).toBe(local);
    expect(calls[0]![2]).toBe(hello);
  });

  it("has run handlers that return no promise when it returns", () => {
    const seen: number[] = [];
    const table = new HandlerTable().on("hello", (_local, _proxy, { id }) => void seen.push(id));
    const hello = message("hello");
    void table.dispatch(undefined, actors, hello);
    expect(seen).toEqual([hello.id]);
  });

  it("runs every handler that it meets, in the order of registration, each after the one before", async () => {
    const gate = deferred<void>();
    const log: string[] = [];
    const table = new HandlerTable()
      .on("x", async () => {
        log.push("first begins");
        await gate.promise;
        log.push("first ends");
      })
      .on("*:x:1", () => void log.push("second"))
      .on("x", () => void log.push("third"));
    const done = table.dispatch(undefined, actors, message("x"));
    expect(log).toEqual(["first begins"]);
    gate.resolve();
    await done;
    expect(log).toEqual(["first begins", "first ends", "second", "third"]);
  });

  it("lets a handler dispatch further messages through the same table", async () => {
    const log: string[] = [];
    const table: HandlerTable = new HandlerTable()
      .on("outer", async (local, proxy) => {
        await table.dispatch(local, proxy, message("inner"));
        log.push("outer");
      })
      .on("inner", () => void log.push("inner"));
    await table.dispatch(undefined, actors, message("outer"));
    expect(log).toEqual(["inner", "outer"]);
  });

  it("settles what an event consumes before any handler runs, also when dispatches overlap", async () => {
    const batches: number[][] = [];
    const table = new HandlerTable().on("*:x:2", async (_local, _proxy, messages) => {
      await Promise.resolve();
      batches.push(idsOf(messages));
    });
    const burst = Array.from({ length: 6 }, () => message("x"));
    await Promise.all(burst.map((one) => table.dispatch(undefined, actors, one)));
    const ids = idsOf(burst);
    expect(batches).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4, 6)]);
  });
});

describe("a handler that throws", () => {
  it("stops no other handler, and its error is thrown after all have run", async () => {
    const boom = new Error("boom");
    const seen: string[] = [];
    const table = new HandlerTable()
      .on("x", () => {
        throw boom;
      })
      .on("x", () => void seen.push("second"));
    await expect(table.dispatch(undefined, actors, message("x"))).rejects.toBe(boom);
    expect(seen).toEqual(["second"]);
  });

  it("is one of several in an AggregateError, in order, synchronous or not", async () => {
    const table = new HandlerTable()
      .on("x", () => {
        throw new Error("sync");
      })
      .on("x", () => Promise.reject(new Error("async")))
      .on("x", () => {
        throw new Error("sync again");
      })
      .on("x", () => Promise.resolve());
    const error = await table.dispatch(undefined, actors, message("x")).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors.map((one: Error) => one.message)).toEqual([
      "sync",
      "async",
      "sync again",
    ]);
  });

  it("reports failures with what the handler had got, when asked to, and does not reject", async () => {
    const failures: [unknown, readonly Message[]][] = [];
    const boom = new Error("boom");
    const bang = new Error("bang");
    const table = new HandlerTable({ onFailure: (error, messages) => void failures.push([error, messages]) })
      .on("x", () => {
        throw boom;
      })
      .on("*:x:2", () => Promise.reject(bang));
    const sent = [message("x"), message("x")];
    for (const one of sent) await table.dispatch(undefined, actors, one);
    expect(failures).toEqual([
      [boom, [sent[0]]],
      [boom, [sent[1]]],
      [bang, sent],
    ]);
  });

  it("loses no message of other events, and its own event goes on", async () => {
    const got: number[][] = [];
    const table = new HandlerTable()
      .on("*:x:2", (_local, _proxy, messages) => {
        got.push(idsOf(messages));
        throw new Error("boom");
      })
      .on("*:x:3", (_local, _proxy, messages) => void got.push(idsOf(messages)));
    const sent = Array.from({ length: 4 }, () => message("x"));
    const results = [];
    for (const one of sent) {
      results.push(
        await table.dispatch(undefined, actors, one).then(
          () => "ok",
          () => "failed",
        ),
      );
    }
    const ids = idsOf(sent);
    expect(results).toEqual(["ok", "failed", "ok", "failed"]);
    expect(got).toEqual([ids.slice(0, 2), ids.slice(0, 3), ids.slice(2, 4)]);
    expect(table.pending).toBe(1);
  });

  it("never throws past the promise, whatever is thrown", async () => {
    const table = new HandlerTable().on("x", () => {
      throw "a string";
    });
    await expect(table.dispatch(undefined, actors, message("x"))).rejects.toBe("a string");
    const broken = {
      get peers(): never {
        throw new Error("no peers");
      },
    };
    const conditional = new HandlerTable().on("actor:x:1", () => {});
    await expect(conditional.dispatch(undefined, broken, message("x"))).rejects.toThrow("no peers");
    await expect(conditional.membershipChanged(undefined, broken)).rejects.toThrow("no peers");
  });
});

describe("HandlerTable.from", () => {
  const send = async (table: HandlerTable, types: string[]) => {
    for (const type of types) await table.dispatch(undefined, actors, message(type));
  };

  it("takes a record, an array or a table", async () => {
    const log: string[] = [];
    const hello = () => void log.push("hello");
    const pair = (_local: unknown, _proxy: unknown, messages: Message[]) =>
      void log.push(`${messages.length} x`);
    const record = HandlerTable.from({ hello, "*:x:2": pair });
    const array = HandlerTable.from([
      ["hello", hello],
      ["*:x:2", pair, { distinct: false }],
    ]);
    const table = new HandlerTable().include({ hello }).include([["*:x:2", pair]]);
    for (const table_ of [record, array, HandlerTable.from(record), table]) {
      log.length = 0;
      await send(table_, ["x", "hello", "x"]);
      expect(log).toEqual(["hello", "2 x"]);
    }
  });

  it("gives each member its own waiting messages, and the options of the table it copies", async () => {
    const firings: number[] = [];
    const letters: string[] = [];
    const original = new HandlerTable({
      pendingLimit: 7,
      logger: recordingLogger(),
      onDeadLetter: ({ reason }) => void letters.push(reason),
    }).on("*:x:2", (_local, _proxy, messages) => void firings.push(messages.length), { distinct: true });
    await send(original, ["x"]);
    const copy = HandlerTable.from(original);
    expect([original.pending, copy.pending]).toEqual([1, 0]);
    await copy.dispatch(undefined, actors, message("x", "actor-1"));
    expect(firings).toEqual([]);
    await send(copy, ["x"]);
    expect(firings).toEqual([2]);
    expect(original.pending).toBe(1);
    await send(
      copy,
      Array.from({ length: 8 }, () => "x"),
    );
    expect(letters).toEqual(["backlog-full"]);
  });
});
