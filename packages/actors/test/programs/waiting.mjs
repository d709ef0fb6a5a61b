// Actors that call others with references to objects that are still to come.
import { setImmediate } from "node:timers/promises";

import { defineActor } from "@troupe/actors";

/** Notes what it is told. */
export class Scribe {
  log = [];

  note(...values) {
    this.log.push(...values);
    return values[0];
  }

  async later(value) {
    await setImmediate();
    return this.note(value);
  }

  *each(values) {
    yield* values;
  }

  urgent(value) {
    return this.note(value);
  }

  fail() {
    throw new RangeError("it failed");
  }

  history() {
    return this.log;
  }
}

/** Calls a scribe. */
export class Partner {
  async through(scribe, value) {
    await setImmediate();
    return scribe.note(value);
  }

  async around(scribe, self, value) {
    return scribe.note.send(self.through.remote(scribe, value), "around");
  }

  both(scribe, { ref }, after) {
    return Promise.all([scribe.note.send(ref), scribe.note(after)]);
  }

  ready() {
    return true;
  }
}

defineActor(Scribe, { module: import.meta.url, options: { methods: { urgent: { system: true } } } });
defineActor(Partner, { module: import.meta.url });
