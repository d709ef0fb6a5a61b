// Actors that are lost and made again. Pools import this module, and so do the tests.
import { existsSync } from "node:fs";

import { context, defineActor } from "@troupe/actors";
import { encode } from "@troupe/core";

const module = import.meta.url;

export class Tally {
  count = 0;

  add(n) {
    return (this.count += n);
  }

  /** Answers when it is told to. */
  hold() {
    return new Promise((resolve) => (this.release = () => resolve("released")));
  }

  /** Whether somebody was held. */
  letGo() {
    this.release?.();
    return this.release !== undefined;
  }

  pid() {
    return process.pid;
  }
}

/** Its children are those that were asked for; what it hears of them it notes. */
export class Boss {
  heard = [];

  async hire(name, options) {
    this[name] = await context().create(Tally, [], { ...options });
    return this[name];
  }

  /** Calls what is kept in the storage. */
  async ask(key) {
    return (await context().storage.get(key)).add(1);
  }

  onChildFailed(child, error) {
    this.heard.push([error.code, String(child)]);
    return this.verdict;
  }

  decide(verdict) {
    this.verdict = verdict;
  }

  pid() {
    return process.pid;
  }
}

/** Starts until it is told not to, by a file. */
export class Fragile {
  constructor(flag) {
    this.flag = flag;
  }

  async onStart() {
    if (existsSync(this.flag)) throw new RangeError("it is broken");
  }

  pid() {
    return process.pid;
  }
}

/** Stops when it is told that it may, by a file. */
export class Lingerer {
  constructor(flag) {
    this.flag = flag;
  }

  pid() {
    return process.pid;
  }

  async onStop() {
    console.log("lingering");
    while (!existsSync(this.flag)) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Has a child of a name, in another pool. */
export class Guardian {
  constructor(flag) {
    this.flag = flag;
  }

  async onStart() {
    this.ward = await context().create(Lingerer, [this.flag], { name: "ward", pool: "pool-1" });
  }
}

/** Counts what it is told to, and what reached it. */
export class Account {
  balance = 0;
  #reached = 0;

  deposit(n) {
    this.#reached++;
    return (this.balance += n);
  }

  async *climb(n) {
    for (let i = 0; i < n; i++) yield this.deposit(1);
  }

  async depositLater(n) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return this.deposit(n);
  }

  refuse() {
    this.#reached++;
    throw new RangeError("no");
  }

  spoil() {
    this.bad = () => {};
    this.worse = { deep: [() => {}] };
  }

  mend() {
    delete this.worse;
  }

  reached() {
    return this.#reached;
  }

  pid() {
    return process.pid;
  }

  crash() {
    process.kill(process.pid, "SIGKILL");
  }
}

/** Writes down who came: a state that is changed in place. */
export class Roll {
  names = [];

  enter(name) {
    return this.names.push(name);
  }
}

/** Is saved, and answers, when it is told that it may. */
export class Careful {
  done = 0;
  #allow;
  #allowed = new Promise((resolve) => (this.#allow = resolve));

  do() {
    return ++this.done;
  }

  async doLater() {
    this.done++;
    await this.#allowed;
    return this.done;
  }

  allow() {
    this.#allow();
  }

  async toState() {
    const { done } = this;
    await this.#allowed;
    return { done };
  }
}

/** Takes up what was kept once there is a file. */
export class Sluggish {
  done = 0;

  constructor(flag) {
    Object.defineProperty(this, "flag", { value: flag });
  }

  do() {
    return ++this.done;
  }

  async fromState({ done }) {
    console.log("taking up");
    while (!existsSync(this.flag)) await new Promise((resolve) => setTimeout(resolve, 5));
    this.done = done;
  }
}

/** Keeps what it is told to, in its own way. */
export class Journal {
  #lines = [];

  write(line) {
    this.#lines.push(line);
    return this.#lines.length;
  }

  read() {
    return this.#lines;
  }

  toState() {
    return this.#lines.join(" ");
  }

  fromState(state) {
    if (state === "spoilt") throw new SyntaxError("this was never written");
    this.#lines = state.split(" ");
  }

  async spoilState() {
    const { storage } = context();
    for await (const key of storage.keys("actor/")) {
      const kept = await storage.get(key);
      await storage.put(key, { ...kept, state: encode("spoilt") });
    }
  }
}

/** Uses the cluster's store. */
export class Keeper {
  keep(key, value) {
    return context().storage.put(key, value);
  }

  async find(prefix) {
    const { storage } = context();
    const keys = [];
    for await (const key of storage.keys(prefix)) keys.push([key, await storage.get(key)]);
    return keys;
  }

  count(key) {
    return context().storage.incr(key);
  }
}

/** Notes when it is called by a timer. */
export class Clock {
  ticks = 0;
  reminded = [];

  start(period) {
    this.timer = undefined;
    const timer = context().every(period, () => void this.ticks++);
    this.stopTimer = () => timer.cancel();
  }

  halt() {
    return this.stopTimer();
  }

  once(delay) {
    context().after(delay, () => void (this.ticks += 100));
  }

  failing(delay) {
    context().after(delay, () => {
      throw new RangeError("by a timer");
    });
  }

  wrong(period) {
    context().every(period, () => {});
  }

  remind(name, time, method = "note", ...args) {
    return context().remind(name, time, method, ...args);
  }

  forget(name) {
    return context().forget(name);
  }

  note(...args) {
    this.reminded.push(args);
  }

  count() {
    return this.ticks;
  }

  pid() {
    return process.pid;
  }
}

const actors = [
  Tally,
  Boss,
  Fragile,
  Lingerer,
  Guardian,
  Account,
  Careful,
  Sluggish,
  Roll,
  Journal,
  Keeper,
  Clock,
];
for (const Class of actors) defineActor(Class, { module });
