import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { dist, type Message, on, type Proxy } from "../src/index.js";
import { TestGroup } from "./support/test-group.js";

noLeftovers();

abstract class Base {
  readonly seen: string[] = [];
  abstract title(): string;
  @on("who") who(proxy: Proxy, message: Message) {
    return proxy.reply(message, { body: this.title() });
  }
  @on("note") note(_proxy: Proxy, message: Message<string>) {
    this.seen.push(message.body);
  }
}

async function who(runner: Proxy): Promise<unknown> {
  return (await runner.request("worker-0", { type: "who" })).body;
}

describe("inheritance", () => {
  it("makes a component of a class with an abstract base, whose @on methods it inherits", async () => {
    await using group = new TestGroup();
    @dist({ ...group.at, component: "worker" })
    class Painter extends Base {
      title() {
        return "painter";
      }
    }
    const painter = new Painter();
    const runner = await group.runnerBeside(painter);
    await runner.send("worker-0", { type: "note", body: "first" });
    expect(await who(runner)).toBe("painter");
    expect(painter.seen).toEqual(["first"]);
  });

  it("makes a component of a plain subclass of a distributed class, by the options of its base", async () => {
    await using group = new TestGroup();
    @dist({ ...group.at, component: "worker" })
    class Painter extends Base {
      title() {
        return "painter";
      }
    }
    class Muralist extends Painter {
      #walls = 3;
      override title() {
        return `muralist of ${this.#walls} walls`;
      }
    }
    expect(await who(await group.runnerBeside(new Muralist()))).toBe("muralist of 3 walls");
  });

  it("takes the options of the nearest class, when a subclass of a distributed class is distributed itself", async () => {
    await using lower = new TestGroup();
    await using upper = new TestGroup();
    @dist({ ...lower.at, component: "worker" })
    class Painter extends Base {
      title() {
        return "painter";
      }
    }
    @dist<Master>({
      ...upper.at,
      component: "worker",
      handlers: { rank: (local, proxy, message: Message) => proxy.reply(message, { body: local.rank }) },
    })
    class Master extends Painter {
      rank = 1;
      @on("note") override note(_proxy: Proxy, message: Message<string>) {
        this.seen.push(`master ${message.body}`);
      }
    }
    const master = new Master();
    const runner = await upper.runnerBeside(master);
    await runner.send("worker-0", { type: "note", body: "first" });
    expect((await runner.request("worker-0", { type: "rank" })).body).toBe(1);
    expect(master.seen).toEqual(["master first"]);
    expect(await who(await lower.runnerBeside(new Painter()))).toBe("painter");
  });

  it("distributes a class twice by the call form, the outer options winning, both on their own", async () => {
    await using inner = new TestGroup();
    await using outer = new TestGroup();
    class Painter extends Base {
      title() {
        return "painter";
      }
    }
    const Inner = dist(Painter, { ...inner.at, component: "worker" });
    const Outer = dist(Inner, { ...outer.at, component: "worker" });
    expect(new Outer()).toBeInstanceOf(Inner);
    expect(await who(await outer.runnerBeside(new Outer()))).toBe("painter");
    expect(await who(await inner.runnerBeside(new Inner()))).toBe("painter");
  });

  it("launches a distributed class's instance in another group by dist(options)(instance)", async () => {
    await using own = new TestGroup();
    await using other = new TestGroup();
    class Painter extends Base {
      title() {
        return "painter";
      }
    }
    const painter = new (dist(Painter, { ...own.at, component: "worker" }))();
    const standIn = dist({ ...other.at, component: "worker" })(painter);
    const running = standIn.launch({ signals: false });
    const runner = await other.join("runner", { peers: { worker: 1 } });
    expect(await who(runner)).toBe("painter");
    expect(() => painter.proxy).toThrow(/not joined yet/);
    expect(await who(await own.runnerBeside(painter))).toBe("painter");
    await standIn.close();
    await running;
  });

  it("lets a subclass of what the call form gave add to it, super calls and private fields included", async () => {
    await using group = new TestGroup();
    class Painter extends Base {
      #brush = "brush";
      title() {
        return `painter with a ${this.#brush}`;
      }
    }
    class Signed extends dist(Painter, { ...group.at, component: "worker" }) {
      #signature = "x";
      override title() {
        return `${super.title()}, signed ${this.#signature}`;
      }
    }
    expect(await who(await group.runnerBeside(new Signed()))).toBe("painter with a brush, signed x");
  });
});
