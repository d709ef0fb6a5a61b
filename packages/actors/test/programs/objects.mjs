// Actors that get and give references to objects.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { defineActor } from "@troupe/actors";
import { objects } from "@troupe/objects";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

export class Keeper {
  kept = [];

  sum(array) {
    return array.reduce((sum, x) => sum + x, 0);
  }

  add(a, b) {
    return a + b;
  }

  range(length) {
    return Float64Array.from({ length }, (_, i) => i);
  }

  /** A reference to what was put here. */
  put(length) {
    const ref = objects.put(this.range(length));
    this.kept.push(ref);
    return ref;
  }

  /** An object of this process that nobody here refers to. */
  give(length) {
    return objects.put(this.range(length));
  }

  keep({ ref }) {
    this.kept.push(ref);
  }

  drop() {
    for (const ref of this.kept.splice(0)) ref.release();
  }

  async read(index, { spoil = false } = {}) {
    const value = await objects.get(this.kept[0]);
    if (spoil) value[index] = -1;
    return value[index];
  }

  passOn() {
    return this.kept[0];
  }

  within() {
    return { inner: objects.put(this.range(100_000)), beside: objects.put("small") };
  }

  /** What is left once references that nobody has were collected. */
  stats() {
    gc();
    const { owned, borrowed } = objects.stats();
    return { owned, borrowed };
  }

  fail() {
    throw new RangeError("it failed");
  }

  *stream() {
    yield 1;
  }

  die() {
    process.kill(process.pid, "SIGKILL");
  }
}

defineActor(Keeper, { module: import.meta.url });
