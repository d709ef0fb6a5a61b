import type { Cluster } from "@troupe/dist";
import Table from "cli-table3";

import { look, type LookOptions, nothingToSee } from "../look.js";

/** Options of `troupe ps`. */
export interface PsOptions extends LookOptions {
  readonly slow?: boolean;
  readonly json?: boolean;
}

/** Methods that `--slow` shows. */
const slowest = 10;

/**
 * Shows the living actors of a cluster, and what each does; or those that run one call for a second or do not answer, and the
 * methods that take longest.
 *
 * @returns 1 when there is no cluster.
 */
export async function ps({ slow = false, json = false, ...options }: PsOptions): Promise<number> {
  const looked = await look(options);
  if (!looked) return nothingToSee(json);
  await using cluster = looked.cluster;
  const actors = await cluster.actors();
  if (!slow) {
    console.log(json ? JSON.stringify(actors, undefined, 2) : actorTable(actors));
    return 0;
  }
  const slowActors = actors.filter(isSlow);
  const methods = await cluster.methods({ by: "mean", limit: slowest });
  if (json) {
    console.log(JSON.stringify({ actors: slowActors, methods }, undefined, 2));
    return 0;
  }
  console.log(slowActors.length > 0 ? actorTable(slowActors) : "No actor runs one call for a second.");
  console.log(methodTable(methods));
  return 0;
}

type Actor = Awaited<ReturnType<Cluster["actors"]>>[number];
type Method = Awaited<ReturnType<Cluster["methods"]>>[number];

function isSlow({ unresponsive, running = [] }: Actor): boolean {
  return unresponsive || running.some(({ since }) => since >= 1_000);
}

function actorTable(actors: readonly Actor[]): string {
  const head = ["actor", "class", "pool", "pid", "mailbox", "runs", "calls", "errors", "restarts", "bytes"];
  const rows = actors.map((actor) => [
    actor.path,
    actor.class,
    actor.pool,
    actor.pid ?? "–",
    actor.mailbox ?? "–",
    runs(actor),
    actor.calls ?? "–",
    actor.errors ?? "–",
    actor.restarts,
    actor.bytes ?? "–",
  ]);
  return table(head, rows);
}

function runs({ unresponsive, running = [] }: Actor): string {
  if (unresponsive) return "does not answer";
  return running.map(({ method, since, caller }) => `${method} for ${since} ms, by ${caller}`).join("\n");
}

function methodTable(methods: readonly Method[]): string {
  const rows = methods.map(({ class: name, method, calls, errors, mean, max, time }) => [
    `${name}.${method}`,
    calls,
    errors,
    mean.toFixed(1),
    max.toFixed(1),
    time.toFixed(0),
  ]);
  return table(["method", "calls", "errors", "mean ms", "longest ms", "ms in all"], rows);
}

function table(head: string[], rows: (string | number)[][]): string {
  const plain = new Table({ head, style: { head: [], border: [] } });
  plain.push(...rows);
  return plain.toString();
}
