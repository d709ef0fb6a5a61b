// The actors of these tests. Pools import this module, and so do the tests.
import { actorOf, context, defineActor, kill, stop } from "@troupe/actors";

const module = import.meta.url;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Counter {
  #secret = 17;
  count;
  label = "counter";
  seen = [];
  doubled = (n) => n * 2;

  constructor(start = 0) {
    this.count = start;
  }

  get half() {
    return this.count / 2;
  }

  add(n) {
    return (this.count += n);
  }

  async addLater(n) {
    await pause(1);
    return (this.count += n);
  }

  note(value) {
    this.seen.push(value);
  }

  echo(...args) {
    return args;
  }

  nothing() {}

  secret() {
    return this.#secret;
  }

  fail(message = "no") {
    throw Object.assign(new RangeError(message, { cause: new TypeError("inner") }), { field: [1] });
  }

  async failLater() {
    await pause(1);
    throw new RangeError("later");
  }

  throwText() {
    throw "just text";
  }

  functionInside() {
    return { deep: [() => 1] };
  }

  async addUnlessNegative(n) {
    await undefined;
    if (n < 0) throw new RangeError("negative");
    return (this.count += n);
  }

  sum(numbers) {
    return numbers.reduce((sum, n) => sum + n, 0);
  }

  async callAdd(other, n) {
    return other.add(n);
  }

  give(ref) {
    return { ref, same: ref === context().self };
  }

  onStart() {}
}

/** Methods that end when they are told to. */
export class Gate {
  #open = new Map();
  log = [];
  aborted = [];
  constructorContext = context().path;

  async hold(name) {
    this.log.push(`begin ${name}`);
    await new Promise((resolve) => this.#open.set(name, resolve));
    this.log.push(`end ${name}`);
    return name;
  }

  /** Holds another gate. */
  holdAt(other, name) {
    return other.hold(name);
  }

  async beside(name) {
    return this.hold(name);
  }

  open(name) {
    this.#open.get(name)?.();
  }

  alarm(name) {
    this.log.push(`alarm ${name}`);
  }

  note(name) {
    this.log.push(name);
    return name;
  }

  history() {
    return this.log;
  }

  /** Sleeps for 20 seconds, unless its signal aborts. */
  async sleep(name) {
    const { signal } = context();
    this.log.push(`sleep ${name}`);
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 20_000);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        this.aborted.push(`${name}: ${signal.reason.code}`);
        resolve();
      });
    });
    return name;
  }

  /** Calls another, which sleeps. */
  async sleepThrough(other, name) {
    return other.sleep(name);
  }

  /** Holds as long as another does. */
  async holdWith(other, name) {
    this.log.push(`begin ${name}`);
    return other.hold(name);
  }

  /** Tells another how it stopped. */
  tellEnd(other) {
    this.other = other;
  }

  async onStop(reason) {
    this.log.push(`stop ${reason}`);
    await this.other?.note(this.log.join(", "));
  }
}

export class Streamer {
  made = 0;
  closed = [];

  *upTo(n) {
    try {
      for (let i = 0; i < n; i++) {
        this.made++;
        yield i;
      }
    } finally {
      this.closed.push("upTo");
    }
  }

  async *upToLater(n) {
    try {
      for (let i = 0; i < n; i++) {
        await undefined;
        this.made++;
        yield { i };
      }
    } finally {
      this.closed.push("upToLater");
    }
  }

  async *failAt(n) {
    for (let i = 0; i < n; i++) yield i;
    throw new RangeError("the end");
  }

  async *whoAmI() {
    yield context().path;
    await pause(1);
    yield context().path;
  }

  *functions() {
    yield 1;
    yield () => 1;
  }

  async *forever() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      this.closed.push("forever");
    }
  }

  async *waiting() {
    yield 1;
    await new Promise((resolve) => context().signal.addEventListener("abort", resolve));
    this.closed.push("waiting");
  }

  list() {
    return [1, 2, 3];
  }

  number() {
    return 5;
  }

  iterator() {
    return new Map([["a", 1]]).entries();
  }
}

export class Parent {
  children = [];

  async make(Class, args = [], options = {}) {
    const child = await context().create({ Counter, Gate, Parent, Unstartable }[Class], args, options);
    this.children.push(child);
    return child;
  }

  /** Makes one child of a name after the other, as soon as the last has ended. */
  async renew(how, times, ...child) {
    for (let i = 0; i < times; i++) await { stop, kill }[how](await this.make(...child));
  }

  async describe() {
    const { self, parent, children, path, name, host, pid } = context();
    return {
      self: actorOf(self).path,
      parent: parent && actorOf(parent).path,
      children: (await children).map((child) => actorOf(child).path),
      path,
      name,
      host,
      pid,
    };
  }

  async find(path) {
    return context().find(path);
  }

  async stopSelf() {
    await stop(context().self, "enough");
    return "stopping";
  }

  async stopOther(ref) {
    await stop(ref, "another said so");
  }

  async killOther(ref) {
    await kill(ref);
  }

  async noteMany(counter, caller, count) {
    const notes = [];
    for (let i = 0; i < count; i++)
      notes.push(i % 3 === 0 ? counter.note.tell([caller, i]) : counter.note([caller, i]));
    await Promise.all(notes);
  }

  say(text) {
    console.log(text);
  }

  async sayLater(text) {
    await pause(1);
    console.log(text);
  }

  crash() {
    process.kill(process.pid, "SIGKILL");
  }

  log() {
    context().log.warn({}, "logged");
  }
}

/** Stays until the actor is to stop. */
export class Tenant {
  isAtHome = false;

  onStart() {
    const { signal } = context();
    this.isAtHome = true;
    this.leaves = new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve(signal.reason.code), { once: true }),
    );
  }

  async stay() {
    return this.leaves;
  }
}

export class Unstartable {
  constructor(how = "constructor") {
    if (how === "constructor") throw new RangeError("cannot be made");
    this.how = how;
  }

  async onStart() {
    if (this.how === "onStart") throw new RangeError("cannot start");
    if (this.how === "crash") process.kill(process.pid, "SIGKILL");
    context().self.early.tell(this.how);
    await pause(1);
    this.started = true;
  }

  early(how) {
    this.heard = { how, started: this.started };
  }
}

export class Watcher {
  seen = [];

  async onMessage(call) {
    this.seen.push([call.method, call.args]);
    if (call.method === "hidden") throw new RangeError("not for you");
    return call.proceed();
  }

  double(n) {
    return n * 2;
  }

  hidden() {}
}

export class Batcher {
  batches = [];

  add(n) {
    return n + 1;
  }

  addAll(argsList) {
    this.batches.push(argsList);
    return argsList.map(([n]) => n + 1);
  }

  short(n) {
    return n;
  }

  shortAll() {
    return [];
  }
}

export function pot(a, b) {
  return a + b;
}
pot.size = 3;
pot.name2 = "pot";
pot.twice = (n) => n * 2;

/** Tells a gate that it stops, and never does. */
export class Clinging {
  #gate;

  constructor(gate) {
    this.#gate = gate;
  }

  async hold() {
    await this.#gate.note("holding");
    await new Promise(() => {});
  }

  async onStop() {
    await this.#gate.note("stopping");
    await new Promise(() => {});
  }
}

for (const Class of [Counter, Streamer, Parent, Tenant, Unstartable, Watcher, Clinging])
  defineActor(Class, { module });
defineActor(Gate, { module, options: { methods: { alarm: { system: true } } } });
defineActor(Batcher, {
  module,
  options: { methods: { add: { batch: "addAll" }, short: { batch: "shortAll" } } },
});
defineActor(pot, { module });
