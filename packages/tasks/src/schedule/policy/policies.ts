import type { Scheduling } from "../task.js";
import type { Worker } from "../worker/worker.js";
import { affinity } from "./affinity.js";
import { bundle } from "./bundle.js";
import { fifo } from "./fifo.js";
import { locality } from "./locality.js";
import type { Policy } from "./policy.js";
import { spread } from "./spread.js";

export function policyOf(scheduling: Scheduling): Policy {
  if (scheduling === "fifo") return fifo;
  if (scheduling === "locality") return locality;
  if (scheduling === "spread") return spread;
  return "host" in scheduling ? affinity : bundle;
}

/** The places that a worker serves, by all policies. */
export function placesOf(worker: Worker): string[] {
  return [fifo, locality, spread, affinity, bundle].flatMap((policy) => policy.servedBy(worker));
}
