// Actors that wait for each other. Pools import this module, and so do the tests.
import { actorOf, context, defineActor } from "@troupe/actors";

const module = import.meta.url;

/** Calls others within its calls. */
export class Link {
  log = [];
  /** Calls that a test ends. */
  #held = new Map();

  /** Calls the first with the rest, and gives the paths of all. */
  async pass(refs) {
    const { path } = context();
    this.log.push(`in ${refs.length}`);
    const [next, ...rest] = refs;
    const paths = next ? await next.pass(rest) : [];
    this.log.push(`out ${refs.length}`);
    return [path, ...paths];
  }

  /** Calls the others once all whom the meeting waits for are there; says whose call failed, and how. */
  async meetAndCall(meeting, others) {
    await meeting.arrive();
    const failed = [];
    const call = async (other) => {
      try {
        await other.note(context().path);
      } catch (error) {
        failed.push({ code: error.code, to: actorOf(other).path, cycle: error.details?.cycle });
      }
    };
    await Promise.all(others.map(call));
    return failed;
  }

  /** The same, and fails with what fails. */
  async meetAndPass(meeting, refs) {
    await meeting.arrive();
    return this.pass(refs);
  }

  note(text) {
    this.log.push(text);
    return text;
  }

  read() {
    return this.log;
  }

  async readLog(other) {
    return other.log;
  }

  async readThrough(link) {
    return link.readLog(context().self);
  }

  async batchThrough(link, texts) {
    return link.batchTo(context().self, texts);
  }

  async batchTo(other, texts) {
    return other.note.batch(...texts.map((text) => other.note.delay(text)));
  }

  /** Calls with a timeout of its own. */
  async timedThrough(link) {
    return link.timedTo(context().self);
  }

  async timedTo(other) {
    return other.note.with({ timeout: 60_000, key: "k" })("timed");
  }

  /** Runs until a test says so. */
  async hold(name) {
    this.log.push(`begin ${name}`);
    await new Promise((resolve) => this.#held.set(name, resolve));
    this.log.push(`end ${name}`);
    return name;
  }

  async holdAfter(link, name) {
    await link.leave(context().self);
    return this.hold(name);
  }

  async holdThenPass(name, refs) {
    await this.hold(name);
    return this.pass(refs);
  }

  release(name) {
    this.#held.get(name)?.();
  }

  /** Calls the other, and does not wait for it. */
  leave(other) {
    void other.note("left at once");
    setImmediate(() => void other.note("left later"));
  }

  /** Has another tell this one something, and waits until it has. */
  async tellThrough(link) {
    await link.tellBack(context().self);
    this.log.push("told");
  }

  async tellBack(other) {
    await other.note.tell("tell");
    other.note.tellAfter(0, "tellAfter");
  }
}

/** Calls one who calls back while it starts. */
export class Starter extends Link {
  constructor(link) {
    super();
    this.link = link;
  }

  async onStart() {
    try {
      await this.link?.pass([context().self]);
    } catch (error) {
      this.failure = error.code;
    }
  }
}

/** Where so many come together. */
export class Meeting {
  #arrived = [];

  constructor(size) {
    this.size = size;
  }

  async arrive() {
    await new Promise((resolve) => {
      this.#arrived.push(resolve);
      if (this.#arrived.length >= this.size) for (const go of this.#arrived) go();
    });
  }
}

for (const Class of [Link, Starter])
  defineActor(Class, {
    module,
    options: {
      concurrency: { besides: "unbounded" },
      methods: { release: { concurrencyGroup: "besides" }, read: { concurrencyGroup: "besides" } },
    },
  });
defineActor(Meeting, { module, options: { concurrency: "unbounded" } });
