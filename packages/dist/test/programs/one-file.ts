// A program of one file, as its author writes it: pools import it as well.
import { actorOf, context, create, dist, get, init, main, stop, task } from "@troupe/dist";

abstract class Shape {
  static made = 0;
  protected abstract readonly kind: string;
  describe(): string {
    return `a ${this.kind}`;
  }
}

class Circle extends Shape {
  #radius: number;
  protected readonly kind = "circle";
  constructor(radius: number) {
    super();
    this.#radius = radius;
    Shape.made++;
  }
  get area(): number {
    return this.#square() * 3;
  }
  grow(by: number): number {
    return (this.#radius += by);
  }
  async later<T>(value: T): Promise<T> {
    await Promise.resolve();
    return value;
  }
  made(): number {
    return Shape.made;
  }
  *radii(count: number): Generator<number> {
    for (let step = 0; step < count; step++) yield this.grow(1);
  }
  #square(): number {
    return this.#radius ** 2;
  }
}

const ByMeta = dist(Circle, import.meta, { mailbox: 100 });
const ByCallSite = dist(
  class Square {
    readonly name = "square";
    pid(): number {
      return context().pid;
    }
  },
);
const ByOptions = dist({ concurrency: 2 })(
  class Triangle {
    corners = 3;
  },
);

@dist({ mailbox: 10 })
class Decorated {
  static #count = 0;
  constructor(readonly label: string) {
    Decorated.#count++;
  }
  count(): number {
    return Decorated.#count;
  }
}

const add = dist(
  function add(a: number, b: number) {
    return a + b;
  },
  import.meta,
);

const double = task(
  function double(n: number): number {
    return 2 * n;
  },
  import.meta,
  { isolation: "thread" },
);

console.log("imported");

await main(async () => {
  const cluster = await init({ pools: 2 });
  const circle = await ByMeta.create(2);
  console.log("#private, inherited", await circle.grow(1), await circle.describe());
  console.log("getter, static, promise", await circle.area, await circle.made(), await circle.later("x"));
  const radii: number[] = [];
  for await (const radius of circle.radii(3)) radii.push(radius);
  console.log("stream", ...radii);
  console.log("batch", ...(await circle.grow.batch(circle.grow.delay(1), circle.grow.delay(2))));
  const square = await ByCallSite.create();
  console.log("call site", await square.name, (await square.pid()) === actorOf(square).pid);
  console.log("curried", await (await ByOptions.create()).corners);
  const decorated = await create(Decorated, ["first"]);
  console.log("decorated", await decorated.label, await decorated.count());
  console.log("function", await add(1, 2));
  console.log("thread", await get(double.submit(4)));
  const local = new ByMeta(1);
  console.log("local", local.grow(1), local instanceof Circle, ByMeta.made);
  console.log("elsewhere", actorOf(circle).pid !== process.pid, cluster.pools().length);
  await stop(square);
  console.log("over", ...(await cluster.actors()).map(({ path }) => path));
});
