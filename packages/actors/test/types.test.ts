import type { ObjectRef } from "@troupe/objects";
import { describe, expectTypeOf, it } from "vitest";

import type {
  ActorSystem,
  CallOptions,
  Delayed,
  PendingTell,
  Remote,
  RemoteCall,
  RemoteStream,
  TunnelStats,
} from "../src/index.js";
import { tunnel, tunnelStats } from "../src/index.js";

class Example {
  count = 0;
  optional?: string;
  readonly list: readonly number[] = [];
  later = Promise.resolve(5);
  arrow = (n: number): string => String(n);
  #secret = 1;
  private hidden = 1;
  protected guarded = 1;

  add(n: number): number {
    return n + this.#secret + this.hidden + this.guarded;
  }

  async load(key: string, fallback?: number): Promise<Map<string, number>> {
    return new Map([[key, fallback ?? 0]]);
  }

  nothing(): void {}

  overloaded(kind: "number"): number;
  overloaded(kind: "text", length: number): string;
  overloaded(kind: string, length?: number): number | string {
    return length ?? kind;
  }

  async overloadedLater(kind: "number"): Promise<number>;
  async overloadedLater(kind: "text"): Promise<string>;
  async overloadedLater(kind: string): Promise<number | string> {
    return kind;
  }

  async generic<T>(value: T): Promise<T> {
    return value;
  }

  *numbers(upTo: number): Generator<number, string> {
    yield upTo;
    return "done";
  }

  async *texts(): AsyncGenerator<string> {
    yield "a";
  }

  rest(first: string, ...others: number[]): boolean {
    return others.length > first.length;
  }

  length(values: Float64Array, from = 0): number {
    return values.length - from;
  }

  other(ref: Remote<Example>): Remote<Example> {
    return ref;
  }

  private hide(): void {}

  onStart(): void {
    this.hide();
  }
}

declare const ref: Remote<Example>;
declare const system: ActorSystem;
declare const objects: {
  readonly number: ObjectRef<number>;
  readonly text: ObjectRef<string>;
  readonly array: ObjectRef<Float64Array<ArrayBuffer>>;
};

describe("Remote<T>", () => {
  it("has methods that give promises", () => {
    expectTypeOf<Parameters<typeof ref.add>>().toEqualTypeOf<[n: number]>();
    expectTypeOf<Awaited<ReturnType<typeof ref.add>>>().toEqualTypeOf<number>();
    expectTypeOf<ReturnType<typeof ref.load>>().toEqualTypeOf<Promise<Map<string, number>>>();
    expectTypeOf<Awaited<ReturnType<typeof ref.nothing>>>().toEqualTypeOf<void>();
    expectTypeOf<Parameters<typeof ref.rest>>().toEqualTypeOf<[first: string, ...others: number[]]>();
    expectTypeOf<Awaited<ReturnType<typeof ref.arrow>>>().toEqualTypeOf<string>();
    expectTypeOf<Awaited<ReturnType<typeof ref.other>>>().toEqualTypeOf<Remote<Example>>();
  });

  it("keeps overloads", () => {
    expectTypeOf(() => ref.overloaded("number")).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(() => ref.overloaded("text", 5)).returns.resolves.toEqualTypeOf<string>();
    expectTypeOf(() => ref.overloadedLater("number")).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(() => ref.overloadedLater("text")).returns.resolves.toEqualTypeOf<string>();
    // @ts-expect-error -- no overload takes it
    void (() => ref.overloaded("other"));
    // @ts-expect-error -- nor this
    void (() => ref.overloaded("text"));
  });

  it("keeps type parameters of methods that give promises", () => {
    expectTypeOf(() => ref.generic("text" as const)).returns.resolves.toEqualTypeOf<"text">();
    expectTypeOf(() => ref.generic({ a: 1 })).returns.resolves.toEqualTypeOf<{ a: number }>();
  });

  it("has generators as streams, awaited or not", () => {
    expectTypeOf<ReturnType<typeof ref.numbers>>().toEqualTypeOf<RemoteCall<Generator<number, string>>>();
    expectTypeOf<Awaited<ReturnType<typeof ref.numbers>>>().toEqualTypeOf<RemoteStream<number>>();
    expectTypeOf<Awaited<ReturnType<typeof ref.texts>>>().toEqualTypeOf<RemoteStream<string>>();
    expectTypeOf(async () => {
      for await (const item of ref.texts()) return item;
      return undefined;
    }).returns.resolves.toEqualTypeOf<string | undefined>();
  });

  it("has properties to await", () => {
    expectTypeOf<Awaited<typeof ref.count>>().toEqualTypeOf<number>();
    expectTypeOf<Awaited<typeof ref.optional>>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Awaited<typeof ref.list>>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<Awaited<typeof ref.later>>().toEqualTypeOf<number>();
    // @ts-expect-error -- they cannot be written
    void (() => (ref.count = 5));
  });

  it("has no private or protected members, and not what only the runtime calls", () => {
    type Members = keyof Remote<Example>;
    expectTypeOf<
      Extract<Members, "hidden" | "guarded" | "hide" | "onStart" | "then">
    >().toEqualTypeOf<never>();
  });

  it("has the other ways of a call", () => {
    expectTypeOf(() => ref.add.send(1)).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(() => ref.add.tell(1)).returns.toEqualTypeOf<Promise<void>>();
    expectTypeOf(() => ref.add.tellAfter(100, 1)).returns.toEqualTypeOf<PendingTell>();
    expectTypeOf(() => ref.add.delay(1)).returns.toEqualTypeOf<Delayed<(n: number) => number>>();
    expectTypeOf(() => ref.add.batch(ref.add.delay(1))).returns.resolves.toEqualTypeOf<number[]>();
    expectTypeOf(() => ref.load.batch()).returns.resolves.toEqualTypeOf<Map<string, number>[]>();
    expectTypeOf<typeof ref.add.with>().parameter(0).toEqualTypeOf<CallOptions>();
    expectTypeOf(() =>
      ref.generic.with({ timeout: 5 })(true as const),
    ).returns.resolves.toEqualTypeOf<true>();
    // @ts-expect-error -- another method's
    void (() => ref.add.batch(ref.nothing.delay()));
    // @ts-expect-error -- arguments are checked
    void (() => ref.add.tell("1"));
  });

  it("takes references to values where it waits for them, and nowhere else", () => {
    expectTypeOf(() => ref.add.send(objects.number)).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(() => ref.add.remote(objects.number)).returns.toEqualTypeOf<ObjectRef<number>>();
    expectTypeOf(() =>
      ref.length.send(objects.array, objects.number),
    ).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(() => ref.load.send(objects.text, objects.number)).returns.resolves.toEqualTypeOf<
      Map<string, number>
    >();
    // @ts-expect-error -- of another type
    void (() => ref.add.send(objects.text));
    // @ts-expect-error -- it would arrive as a reference
    void (() => ref.add(objects.number));
  });

  it("of any class is a Remote<any>, whose members have no types", () => {
    type Untyped = Remote<any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- the very thing
    const untyped = null as unknown as Untyped;
    expectTypeOf<Remote<Example>>().toExtend<Untyped>();
    expectTypeOf<Remote<(a: number) => string>>().toExtend<Untyped>();
    expectTypeOf<{ whatever: number }>().not.toExtend<Untyped>();
    expectTypeOf(() => untyped.whatever(1)).returns.toBeAny();
    expectTypeOf(() => tunnel(untyped)).returns.resolves.toEqualTypeOf<Untyped>();
  });

  it("of a function is called itself", () => {
    interface Pot {
      (a: number, b: string): number;
      readonly size: number;
      twice(n: number): number;
    }
    const remote = null as unknown as Remote<Pot>;
    expectTypeOf(() => remote(1, "a")).returns.resolves.toEqualTypeOf<number>();
    expectTypeOf(() => remote.tell(1, "a")).returns.toEqualTypeOf<Promise<void>>();
    expectTypeOf<Awaited<typeof remote.size>>().toEqualTypeOf<number>();
    expectTypeOf(() => remote.twice(2)).returns.resolves.toEqualTypeOf<number>();
  });

  it("is also what a tunnel is", () => {
    expectTypeOf(() => tunnel(ref)).returns.resolves.toEqualTypeOf<Remote<Example>>();
    expectTypeOf(() => tunnel(ref, "fast")).returns.resolves.toEqualTypeOf<Remote<Example>>();
    expectTypeOf(() => tunnelStats(ref)).returns.resolves.toEqualTypeOf<ReadonlyMap<string, TunnelStats>>();
    // @ts-expect-error -- no reference
    void (() => tunnel(new Example()));
    // @ts-expect-error -- no name
    void (() => tunnel(ref, 5));
  });

  it("is what create() gives, and its arguments are those of the constructor", () => {
    class WithArguments {
      constructor(
        readonly a: number,
        readonly b?: string,
      ) {}
    }
    expectTypeOf(() => system.create(Example)).returns.resolves.toEqualTypeOf<Remote<Example>>();
    expectTypeOf(() => system.create(WithArguments, [1])).returns.resolves.toEqualTypeOf<
      Remote<WithArguments>
    >();
    // @ts-expect-error -- no text
    void (() => system.create(WithArguments, ["1"]));
  });
});
