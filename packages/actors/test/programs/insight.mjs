// The actors of the tests of what actors do, and what takes long there.
import { context, defineActor } from "@troupe/actors";

const module = import.meta.url;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Keeps the event loop from doing anything else. */
function block(milliseconds) {
  for (const until = performance.now() + milliseconds; performance.now() < until;);
}

export class Worker {
  #open = new Map();

  quick(value) {
    return value;
  }

  fail() {
    throw new RangeError("no");
  }

  async failLater() {
    await pause(1);
    throw new RangeError("later");
  }

  /** Lasts until it is opened. */
  hold(name) {
    return new Promise((resolve) => this.#open.set(name, resolve));
  }

  open(name) {
    this.#open.get(name)?.(name);
    return this.#open.has(name);
  }

  async last(milliseconds) {
    await pause(milliseconds);
  }

  block(milliseconds) {
    if (milliseconds > 0) block(milliseconds);
  }

  async blockLater(milliseconds) {
    await pause(1);
    block(milliseconds);
  }

  say(text) {
    console.log(text);
  }

  forget() {
    void Promise.reject(new RangeError("nobody waits"));
  }

  async throwInTimer() {
    await pause(1);
    setTimeout(() => {
      throw new RangeError("in a timer");
    });
  }

  infos() {
    return context().cluster.actors();
  }

  methods(options) {
    return context().cluster.methods(options);
  }
}

/** Never stops by itself. */
export class Lingerer {
  onStop() {
    return new Promise(() => {});
  }
}

const methods = { open: { concurrencyGroup: "keys" } };
const concurrency = { keys: "unbounded" };
defineActor(Worker, { module, options: { methods, concurrency } });
defineActor(Lingerer, { module });
