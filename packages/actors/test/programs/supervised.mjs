// Actors that are lost and made again. Pools import this module, and so do the tests.
import { context, defineActor } from "@troupe/actors";

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
    const { existsSync } = await import("node:fs");
    if (existsSync(this.flag)) throw new RangeError("it is broken");
  }

  pid() {
    return process.pid;
  }
}

for (const Class of [Tally, Boss, Fragile]) defineActor(Class, { module });
