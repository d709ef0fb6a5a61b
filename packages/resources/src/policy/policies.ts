import { inspect } from "node:util";

import type { Place } from "../allocation.js";
import { checkText, configError } from "../need.js";
import type { ResourceRequest } from "../request.js";
import type { Candidate, Policy } from "./policy.js";

/** The one object that {@link pack} gives: the manager finds its choice without going through all hosts. */
export const packed: Policy = {
  name: "pack",
  description: { policy: "pack" },
  choose: (request, candidates) => {
    const least = Math.min(...candidates.map((candidate) => room(request, candidate)));
    return leastLoaded(candidates.filter((candidate) => room(request, candidate) === least).filter(sameHost));
  },
};

/**
 * The fullest host in which the request fits: the one with the fewest devices free when GPUs are asked for, else
 * with the fewest cores free. In it the pool with the lowest load: what pools of one host have is the host's, and
 * a pool left idle is room for nobody else.
 */
export function pack(): Policy {
  return packed;
}

/** The opposite of {@link pack}: the host with the most devices free, or the most cores. */
export function mostFree(): Policy {
  return {
    name: "mostFree",
    description: { policy: "mostFree" },
    choose(request, candidates) {
      const most = Math.max(...candidates.map((candidate) => room(request, candidate)));
      return leastLoaded(
        candidates.filter((candidate) => room(request, candidate) === most).filter(sameHost),
      );
    },
  };
}

/** The host with the lowest load, and its pool with the lowest; in turn among equals. */
export function spread(): Policy {
  let turn = 0;
  return {
    name: "spread",
    description: { policy: "spread" },
    choose(_request, candidates) {
      const loads = new Map<unknown, number>();
      let best: Candidate | undefined;
      let least = Infinity;
      let bestIndex = 0;
      for (let offset = 0; offset < candidates.length; offset++) {
        const index = (turn + offset) % candidates.length;
        const candidate = candidates[index]!;
        let load = loads.get(candidate.host);
        if (load === undefined) loads.set(candidate.host, (load = candidate.host.load));
        if (load > least || (load === least && loadOf(candidate) >= loadOf(best!))) continue;
        best = candidate;
        least = load;
        bestIndex = index;
      }
      turn = bestIndex + 1;
      return best;
    },
  };
}

/**
 * Any place, each as likely as the others.
 *
 * @param seed A whole number that makes the choices repeatable, from the start where the policy was made.
 */
export function random(seed?: number): Policy {
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw configError("random()", "seed", `must be a whole number; it is ${inspect(seed)}`);
  const next = seed === undefined ? Math.random : mulberry32(seed);
  return {
    name: "random",
    description: { policy: "random", value: seed },
    choose: (_request, candidates) => candidates[Math.floor(next() * candidates.length)],
  };
}

/** The host with that address or id; in it the pool with the lowest load. */
export function address(host: string): Policy {
  checkText("address()", "host", host);
  return {
    name: "address",
    description: { policy: "address", value: host },
    admits: (candidate) => isHost(candidate, host),
    choose: (_request, candidates) => leastLoaded(candidates),
  };
}

/**
 * The pool with that index on its host: `poolIndex(0)` is a host's first. With several hosts the one with the lowest
 * load of those that have the index, or on `host` (its id or address) alone.
 */
export function poolIndex(index: number, host?: string): Policy {
  if (!Number.isSafeInteger(index) || index < 0)
    throw configError("poolIndex()", "index", `must be a whole number from 0; it is ${inspect(index)}`);
  if (host !== undefined) checkText("poolIndex()", "host", host);
  return {
    name: "poolIndex",
    description: { policy: "poolIndex", value: host === undefined ? index : { index, host } },
    admits: (candidate) => candidate.pool?.index === index && (host === undefined || isHost(candidate, host)),
    choose: (_request, candidates) => leastLoaded(candidates),
  };
}

/** A pool without actors, with that label when one is given. */
export function idle(label?: string): Policy {
  if (label !== undefined) checkText("idle()", "label", label);
  return {
    name: "idle",
    description: { policy: "idle", value: label },
    admits: ({ pool }) => pool !== undefined && (label === undefined || pool.label === label),
    choose: (_request, candidates) => candidates.find(({ pool }) => pool?.load === 0),
  };
}

/** The pool with the lowest load of those that have the label, or whose host has it. */
export function label(text: string): Policy {
  checkText("label()", "label", text);
  return {
    name: "label",
    description: { policy: "label", value: text },
    admits: (candidate) => hasLabel(candidate, text),
    choose: (_request, candidates) => leastLoaded(candidates),
  };
}

/** Where something else is: in the same pool, or on the same host when `place` names no pool. */
export function affinity(place: Place): Policy {
  checkText("affinity()", "host", place.host);
  if (place.pool !== undefined) checkText("affinity()", "pool", place.pool);
  const { host, pool } = place;
  return {
    name: "affinity",
    description: { policy: "affinity", value: pool === undefined ? { host } : { host, pool } },
    admits: (candidate) => candidate.host.id === host && (pool === undefined || candidate.pool?.id === pool),
    choose: (_request, candidates) => leastLoaded(candidates),
  };
}

/** What {@link antiAffinity} keeps away from, and where. */
export interface Elsewhere {
  /** Pools that are taken only where there is no other. */
  readonly pools: readonly string[];
  /** The one host that is admitted; any by default. */
  readonly host?: string | undefined;
}

/** As {@link spread}, in other pools than these wherever there are others: not all dies with one process. */
export function antiAffinity({ pools, host }: Elsewhere): Policy {
  if (!Array.isArray(pools))
    throw configError("antiAffinity()", "pools", `must be a list; it is ${inspect(pools)}`);
  for (const pool of pools) checkText("antiAffinity()", "pools", pool as string);
  if (host !== undefined) checkText("antiAffinity()", "host", host);
  const among = spread();
  return {
    name: "antiAffinity",
    description: { policy: "antiAffinity", value: host === undefined ? { pools } : { pools, host } },
    admits: (candidate) => host === undefined || candidate.host.id === host,
    choose(request, candidates) {
      const others = candidates.filter(({ pool }) => pool === undefined || !pools.includes(pool.id));
      return among.choose(request, others.length > 0 ? others : candidates);
    },
  };
}

export function hasLabel({ host, pool }: Candidate, text: string): boolean {
  return pool?.label === text || host.labels.includes(text);
}

/** The first of those with the lowest load. */
export function leastLoaded<C extends Candidate>(candidates: readonly C[]): C | undefined {
  let best: C | undefined;
  for (const candidate of candidates) {
    if (best === undefined || loadOf(candidate) < loadOf(best)) best = candidate;
  }
  return best;
}

function loadOf({ host, pool }: Candidate): number {
  return pool ? pool.load : host.load;
}

/** What the host has free of what is scarcest among the things asked for. */
function room({ gpu = 0 }: ResourceRequest, { host }: Candidate): number {
  return gpu > 0 ? host.free.gpu : host.free.cpu;
}

function sameHost({ host }: Candidate, _index: number, [first]: readonly Candidate[]): boolean {
  return host === first?.host;
}

function isHost({ host }: Candidate, text: string): boolean {
  return host.id === text || host.address === text;
}

/** Numbers from 0 to 1 by Tommy Ettinger's Mulberry32. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
