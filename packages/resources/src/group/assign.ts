import type { Capacity, Devices } from "../host/capacity.js";
import type { HostState } from "../host/host-state.js";
import { type Bundle, admitsBundle } from "./bundle.js";
import type { PlacementStrategy } from "./strategy.js";

/** Where a bundle goes. */
export interface Assigned {
  readonly host: HostState;
  readonly devices: Devices;
}

/** Hosts to lie on, and what they have: now, when all is free, or when some have given back what they hold. */
export interface Ground {
  /** From the fullest to the emptiest. */
  readonly hosts: readonly HostState[];
  /** The position of the first with that many units of CPU. */
  firstWith(cpu: number): number;
  capacity(host: HostState): Capacity;
}

/**
 * Finds hosts for all bundles of a group, in the order of the bundles.
 *
 * `strict-spread` is a matching of bundles with hosts, found by augmenting paths (Kuhn). The others are a search that
 * places the largest bundle first, goes to hosts in the order that the strategy likes, and goes back when it comes to
 * no end, past hosts that are as those it tried. Bin packing has no quick answer, so the search gives up in time:
 * then the answer is `"unknown"`.
 */
export function assign(
  bundles: readonly Bundle[],
  strategy: PlacementStrategy,
  ground: Ground,
): readonly Assigned[] | "none" | "unknown" {
  const order = bundles.map((_, index) => index).sort((a, b) => compareSize(bundles[a]!, bundles[b]!));
  const sorted = order.map((index) => bundles[index]!);
  const found = assignSorted(sorted, strategy, ground);
  if (typeof found === "string") return found;
  const inOrder = new Array<Assigned>(bundles.length);
  for (let k = 0; k < order.length; k++) inOrder[order[k]!] = found[k]!;
  return inOrder;
}

function assignSorted(
  bundles: readonly Bundle[],
  strategy: PlacementStrategy,
  ground: Ground,
): readonly Assigned[] | "none" | "unknown" {
  if (strategy === "strict-spread") return matchHosts(bundles, ground) ?? "none";
  if (strategy !== "spread") {
    const together = onOneHost(bundles, ground);
    if (together || strategy === "strict-pack") return together ?? (isExact(bundles) ? "none" : "unknown");
  }
  const search = new Search(bundles, strategy, ground);
  if (search.place(0)) return search.assigned;
  return search.gaveUp || !isExact(bundles) ? "unknown" : "none";
}

/** Shares are put on devices as they come, the fullest first; another way might have had room for all. */
function isExact(bundles: readonly Bundle[]): boolean {
  return bundles.every(({ need }) => need.gpu === 0);
}

function compareSize({ need: a }: Bundle, { need: b }: Bundle): number {
  return b.gpu - a.gpu || b.cpu - a.cpu || b.memory - a.memory;
}

/** The fullest host that has room for all. */
function onOneHost(
  bundles: readonly Bundle[],
  { hosts, firstWith, capacity }: Ground,
): Assigned[] | undefined {
  const cpu = bundles.reduce((sum, { need }) => sum + need.cpu, 0);
  for (let i = firstWith(cpu); i < hosts.length; i++) {
    const host = hosts[i]!;
    const room = capacity(host);
    // Most hosts are ruled out by their cores, before anything is taken for a try.
    if (room.cpuUnits < cpu) continue;
    const assigned: Assigned[] = [];
    for (const bundle of bundles) {
      const devices = admitsBundle(host, bundle) ? host.fitBundle(bundle.need, room) : undefined;
      if (!devices) break;
      room.take(bundle.need, devices);
      assigned.push({ host, devices });
    }
    for (const [k, { devices }] of assigned.entries()) room.give(bundles[k]!.need, devices);
    if (assigned.length === bundles.length) return assigned;
  }
  return undefined;
}

/** A host of its own for each bundle, the emptiest first. */
function matchHosts(
  bundles: readonly Bundle[],
  { hosts, firstWith, capacity }: Ground,
): Assigned[] | undefined {
  if (bundles.length > hosts.length) return undefined;
  const assigned: Assigned[] = [];
  const takenBy = new Map<HostState, number>();
  /** Finds a host for bundle `k`, which may take that of another if that one finds itself another. */
  const match = (k: number, tried: Set<HostState> | undefined): boolean => {
    const { need } = bundles[k]!;
    const first = firstWith(need.cpu);
    for (let i = hosts.length - 1; i >= first; i--) {
      const host = hosts[i]!;
      const other = takenBy.get(host);
      if (tried ? tried.has(host) : other !== undefined) continue;
      const devices = admitsBundle(host, bundles[k]!) ? host.fitBundle(need, capacity(host)) : undefined;
      if (!devices) continue;
      tried?.add(host);
      if (other !== undefined && !match(other, tried)) continue;
      takenBy.set(host, k);
      assigned[k] = { host, devices };
      return true;
    }
    return false;
  };
  return bundles.every((_, k) => match(k, undefined) || match(k, new Set())) ? assigned : undefined;
}

/** How many hosts a search looks at after it first came to no end. */
const patience = 50_000;

class Search {
  readonly assigned: Assigned[] = [];
  gaveUp = false;
  /** Where hosts with enough cores for each bundle begin: looked up before any is taken, which unsettles the order. */
  readonly #first: readonly number[];
  /** Bundles on each host. */
  readonly #used = new Map<HostState, number>();
  #lookedAt = 0;
  #cameToNoEnd = false;

  constructor(
    private readonly bundles: readonly Bundle[],
    private readonly strategy: "pack" | "spread",
    private readonly ground: Ground,
  ) {
    this.#first = bundles.map(({ need }) => ground.firstWith(need.cpu));
  }

  /** Places bundle `k` and those behind it. What it took for a try is given back before it returns. */
  place(k: number): boolean {
    const bundle = this.bundles[k];
    if (bundle === undefined) return true;
    let failed: Set<string> | undefined;
    for (const host of this.#inOrder(this.#first[k]!)) {
      if (this.#cameToNoEnd && ++this.#lookedAt > patience) {
        this.gaveUp = true;
        return false;
      }
      const room = this.ground.capacity(host);
      const devices = admitsBundle(host, bundle) ? host.fitBundle(bundle.need, room) : undefined;
      if (!devices || failed?.has(stateOf(host, room))) continue;
      const count = this.#used.get(host) ?? 0;
      room.take(bundle.need, devices);
      this.#used.set(host, count + 1);
      this.assigned[k] = { host, devices };
      const done = this.place(k + 1);
      room.give(bundle.need, devices);
      if (done) return true;
      if (count > 0) this.#used.set(host, count);
      else this.#used.delete(host);
      this.#cameToNoEnd = true;
      if (this.gaveUp) return false;
      (failed ??= new Set()).add(stateOf(host, room));
    }
    this.#cameToNoEnd = true;
    return false;
  }

  /** `pack` likes hosts that it uses already, then those with the most room; `spread` the other way round. */
  *#inOrder(first: number): Iterable<HostState> {
    const { hosts } = this.ground;
    if (this.strategy === "pack") yield* [...this.#used.keys()];
    for (let i = hosts.length - 1; i >= first; i--) {
      const host = hosts[i]!;
      if (!this.#used.has(host)) yield host;
    }
    if (this.strategy === "pack") return;
    for (const [host] of [...this.#used].sort(([, a], [, b]) => a - b)) yield host;
  }
}

/** Hosts of the same text are the same to a search. */
function stateOf(host: HostState, room: Capacity): string {
  const custom = [...room.custom].sort(([a], [b]) => (a < b ? -1 : 1));
  const pools = host.places.map(({ pool }) => [pool?.label, pool?.bound]);
  return JSON.stringify([room.cpuUnits, room.memory, room.devices, custom, host.labels, pools]);
}
