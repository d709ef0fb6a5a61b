// Actors that are somewhere for a reason. Pools import this module, and so do the tests.
import { readFileSync } from "node:fs";

import { actorOf, context, defineActor } from "@troupe/actors";

export class Tenant {
  where() {
    return context().self;
  }

  env(...names) {
    return Object.fromEntries(names.map((name) => [name, process.env[name]]));
  }

  cores() {
    return /Cpus_allowed_list:\s*(.*)/.exec(readFileSync("/proc/thread-self/status", "utf8"))[1];
  }

  /** Tries to make another, and gives it up after so many milliseconds. */
  subletFor(options, time) {
    return this.sublet({ ...options, signal: AbortSignal.timeout(time) });
  }

  /** Makes another, as a child. Gives its path. */
  async sublet(options) {
    return actorOf(await context().create(Tenant, [], options)).path;
  }
}

/** Never starts. */
export class Slow {
  onStart() {
    return new Promise(() => {});
  }
}

defineActor(Slow, { module: import.meta.url });
defineActor(Tenant, { module: import.meta.url });
