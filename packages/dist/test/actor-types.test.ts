import { describe, expectTypeOf, it } from "vitest";

import {
  type Cluster,
  create,
  type Distributed,
  dist,
  type DistributedInstance,
  type Pot,
  type Proxy,
  type Remote,
} from "../src/index.js";

class Shape<T> {
  #area = 1;
  protected hidden = 1;
  static made = 0;
  readonly label: string | undefined;
  constructor(
    readonly kind: string,
    private readonly values: T[] = [],
  ) {}
  get area(): number {
    return this.#area + this.values.length;
  }
  scale(by: number): this is Shape<T> {
    return by > 0;
  }
  first(): T | undefined {
    return this.values[0];
  }
  async wait<V>(value: V): Promise<V> {
    return Promise.resolve(value);
  }
  read(key: "count"): Promise<number>;
  read(key: "name"): Promise<string>;
  read(key: string): Promise<unknown> {
    return Promise.resolve(key);
  }
  *steps(count: number): Generator<number, void, undefined> {
    yield count;
  }
  async *names(): AsyncGenerator<string> {
    yield await Promise.resolve("");
  }
  static make(): number {
    return 1;
  }
  onStart(): void {}
}

/** These only compile: nothing is started. */
const typed = (_check: () => unknown) => undefined;

describe("what create() gives has the types of the class", () => {
  const Distant = dist(Shape<number>, import.meta, { mailbox: 10 });

  it("takes the constructor's arguments, and no others", () => {
    expectTypeOf(Distant.create).parameters.toEqualTypeOf<[kind: string, values?: number[] | undefined]>();
    expectTypeOf(Distant.create).returns.resolves.toEqualTypeOf<Remote<Shape<number>>>();
    typed(() => Distant.with({ name: "one", cpu: 1 }).create("a", [1]));
    // @ts-expect-error -- kind is needed
    typed(() => Distant.create());
    // @ts-expect-error -- it is a text
    typed(() => Distant.create(1));
    // @ts-expect-error -- they are numbers
    typed(() => Distant.create("a", ["b"]));
    // @ts-expect-error -- no such option
    typed(() => Distant.with({ nmae: "one" }));
    // @ts-expect-error -- no such option
    typed(() => dist(Shape, import.meta, { mailbx: 10 }));
  });

  it("has methods, overloads, type parameters, streams and properties; and nothing that is private", () => {
    typed(async () => {
      const remote = await Distant.create("a");
      expectTypeOf(await remote.first()).toEqualTypeOf<number | undefined>();
      expectTypeOf(await remote.area).toEqualTypeOf<number>();
      expectTypeOf(await remote.kind).toEqualTypeOf<string>();
      expectTypeOf(await remote.label).toEqualTypeOf<string | undefined>();
      expectTypeOf(await remote.wait({ a: 1 })).toEqualTypeOf<{ a: number }>();
      expectTypeOf(await remote.read("count")).toEqualTypeOf<number>();
      expectTypeOf(await remote.read("name")).toEqualTypeOf<string>();
      for await (const step of remote.steps(1)) expectTypeOf(step).toEqualTypeOf<number>();
      for await (const name of remote.names()) expectTypeOf(name).toEqualTypeOf<string>();
      const sums = await remote.first.batch(remote.first.delay());
      expectTypeOf(sums).toEqualTypeOf<(number | undefined)[]>();
      // @ts-expect-error -- no such key
      await remote.read("size");
      // @ts-expect-error -- a number
      await remote.steps.tell("1");
      // @ts-expect-error -- a property is read, not called
      await remote.kind();
      // @ts-expect-error -- protected
      void remote.hidden;
      // @ts-expect-error -- private
      void remote.values;
      // @ts-expect-error -- called by the runtime alone
      void remote.onStart;
      // @ts-expect-error -- read only
      remote.kind = "b";
    });
  });

  it("keeps the class: its statics, its local instances", () => {
    expectTypeOf(Distant.made).toEqualTypeOf<number>();
    expectTypeOf(Distant.make).toEqualTypeOf<() => number>();
    expectTypeOf(new Distant("a").first()).toEqualTypeOf<number | undefined>();
    class Special extends Distant {
      extra = true;
    }
    expectTypeOf(new Special("a").extra).toEqualTypeOf<boolean>();
  });

  it("has ours in place of a static member of the class's own, and keeps the others", () => {
    class Own {
      constructor(readonly start: number) {}
      static create(n: number): string {
        return String(n);
      }
      static other(): boolean {
        return true;
      }
    }
    const DistOwn = dist(Own, import.meta);
    expectTypeOf(DistOwn.create).toEqualTypeOf<(start: number) => Promise<Remote<Own>>>();
    expectTypeOf(DistOwn.other).toEqualTypeOf<() => boolean>();
    expectTypeOf(new DistOwn(1)).toEqualTypeOf<Own>();
  });

  it("finds with the same types", () => {
    expectTypeOf(Distant.get).returns.resolves.toEqualTypeOf<Remote<Shape<number>>>();
    expectTypeOf(Distant.find).returns.resolves.toEqualTypeOf<Remote<Shape<number>> | undefined>();
  });

  it("has a component's members as well with a group, and without one has not", () => {
    const Member = dist(Shape<number>, { group: "types" });
    expectTypeOf(new Member("a")).toEqualTypeOf<DistributedInstance<Shape<number>>>();
    expectTypeOf<InstanceType<typeof Member>["proxy"]>().toEqualTypeOf<Proxy>();
    expectTypeOf(new Member("a").launch).toEqualTypeOf<Distributed["launch"]>();
    expectTypeOf(Member.create).parameters.toEqualTypeOf<[kind: string, values?: number[] | undefined]>();
    // @ts-expect-error -- of no group
    typed(() => new Distant("a").launch());
  });

  it("is the same in the curried form", () => {
    const Curried = dist({ concurrency: 2 })(Shape<string>);
    expectTypeOf(Curried.create).returns.resolves.toEqualTypeOf<Remote<Shape<string>>>();
  });
});

describe("create(Class, args) has them for a decorated class", () => {
  @dist({ mailbox: 10 })
  class Decorated {
    constructor(
      readonly name: string,
      readonly size = 1,
    ) {}
    double(): number {
      return this.size * 2;
    }
  }

  it("by itself, and of a cluster", () => {
    const cluster = undefined as unknown as Cluster;
    typed(async () => {
      const remote = await create(Decorated, ["a", 2]);
      expectTypeOf(remote).toEqualTypeOf<Remote<Decorated>>();
      expectTypeOf(await remote.double()).toEqualTypeOf<number>();
      expectTypeOf(await cluster.create(Decorated, ["a"], { name: "x" })).toEqualTypeOf<Remote<Decorated>>();
      // @ts-expect-error -- it is a text
      await create(Decorated, [1]);
      // @ts-expect-error -- one too many
      await create(Decorated, ["a", 1, 2]);
      // @ts-expect-error -- it is a text
      await cluster.create(Decorated, [1]);
      // @ts-expect-error -- no such option
      await create(Decorated, ["a"], { poool: "x" });
    });
  });
});

describe("a pot has the types of its function", () => {
  function sum(a: number, b: number): number {
    return a + b;
  }
  const add = dist(Object.assign(sum, { unit: "apples" }), import.meta);

  it("called, told, read, made", () => {
    typed(async () => {
      expectTypeOf(await add(1, 2)).toEqualTypeOf<number>();
      expectTypeOf(await add.with({ timeout: 1 })(1, 2)).toEqualTypeOf<number>();
      expectTypeOf(await add.with({ name: "other" })(1, 2)).toEqualTypeOf<number>();
      expectTypeOf(await add.unit).toEqualTypeOf<string>();
      expectTypeOf(await add.batch(add.delay(1, 2))).toEqualTypeOf<number[]>();
      expectTypeOf(add.tell(1, 2)).toEqualTypeOf<Promise<void>>();
      // @ts-expect-error -- they are numbers
      await add("1", 2);
      // @ts-expect-error -- two of them
      await add.tell(1);
    });
    const curried = dist({})(function half(n: number) {
      return n / 2;
    });
    expectTypeOf(curried).toEqualTypeOf<Pot<(n: number) => number>>();
  });
});
