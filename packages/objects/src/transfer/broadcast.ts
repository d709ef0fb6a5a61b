import { TroupeError, uniqueId } from "@troupe/core";

import type { Place } from "../value/stored-value.js";
import { replyOf } from "./messages.js";
import type { Source } from "./puller.js";
import { ancestors } from "./tree.js";
import type { Wire } from "./wire.js";

/** Where an object is after a broadcast. */
export interface Broadcast {
  /** Hosts that have it, in the order given, each with the object's key in its store. */
  readonly copies: ReadonlyMap<string, number>;
  /** Hosts that have not, each with what went wrong there. */
  readonly failed: ReadonlyMap<string, Error>;
}

/** What is broadcast. */
export interface Original {
  readonly key: number;
  readonly byteLength: number;
  /** Of an object of a cluster: what it is there, and who owns it. */
  readonly of?: Place | undefined;
  readonly owner?: string | undefined;
}

/**
 * Has each of `hosts` fetch an object of this host through a tree ({@link ancestors}), chunk by chunk as the chunks come
 * there. A host whose feeder fails is fed by the next above it, at last by this one.
 *
 * @param startTimeout Milliseconds that a host has to take memory for the object, before it counts as failed.
 * @throws ERR_CANCELLED, ERR_CLOSED; then no host keeps a copy.
 */
export async function broadcast(
  wire: Wire,
  { key, byteLength, of, owner }: Original,
  hosts: readonly string[],
  fanout: number,
  startTimeout: number,
  signal: AbortSignal,
  isClosed: () => boolean,
): Promise<Broadcast> {
  const copy = uniqueId();
  /** By place in the tree: whether that host has begun, so that others may be fed by it. */
  const begun: Promise<boolean>[] = [Promise.resolve(true)];

  const begin = async (place: number): Promise<void> => {
    const sources: Source[] = [];
    for (const above of ancestors(place, fanout)) {
      if (!(await begun[above])) continue;
      sources.push(
        above === 0 ? { host: wire.self, object: key } : { host: hosts[above - 1]!, object: copy },
      );
    }
    const body = { copy, byteLength, sources, ...(of && { of, owner }) };
    await wire.ask(hosts[place - 1]!, "copy-begin", body, { signal, timeout: startTimeout });
  };
  const copyTo = async (host: string, index: number): Promise<number> => {
    const started = begin(index + 1);
    begun.push(
      started.then(
        () => true,
        () => false,
      ),
    );
    await started;
    return replyOf("copy-finish", host, await wire.ask(host, "copy-finish", { copy }, { signal })).key;
  };

  const results = await Promise.allSettled(hosts.map(copyTo));
  const copies = new Map<string, number>();
  const failed = new Map<string, Error>();
  results.forEach((result, index) => {
    const host = hosts[index]!;
    if (result.status === "fulfilled") copies.set(host, result.value);
    else failed.set(host, result.reason as Error);
  });
  const isOver = signal.aborted || isClosed();
  for (const host of hosts)
    wire.tell(host, copies.has(host) && !isOver ? "copy-keep" : "copy-drop", { copy });
  signal.throwIfAborted();
  if (isClosed()) throw new TroupeError("ERR_CLOSED", "This host left the others during a broadcast.");
  return { copies, failed };
}

/** @throws ERR_CONFIG */
export function checkBroadcast(self: string, hosts: readonly string[], fanout: number): void {
  const problem = hosts.includes(self)
    ? `"${self}" is this host itself`
    : new Set(hosts).size < hosts.length
      ? "a host is named twice"
      : !Number.isSafeInteger(fanout) || fanout < 1
        ? `fanout must be a whole number from 1; it is ${fanout}`
        : undefined;
  if (problem) throw new TroupeError("ERR_CONFIG", `broadcast: ${problem}.`, { details: { hosts, fanout } });
}
