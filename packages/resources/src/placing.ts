import { TroupeError } from "@troupe/core";

import type { Capacity, Devices } from "./host/capacity.js";
import type { HostPlace, HostState } from "./host/host-state.js";
import type { Source } from "./ledger/held.js";
import type { Ledger } from "./ledger/ledger.js";
import type { Need } from "./need.js";
import { hasLabel, leastLoaded, packed } from "./policy/policies.js";
import type { Policy } from "./policy/policy.js";
import type { ResourceRequest } from "./request.js";

/** A request as it is looked at again and again. */
export interface Asked {
  readonly request: ResourceRequest;
  readonly need: Need;
  readonly policy: Policy;
}

/** What a request is to be given. */
export interface Choice {
  readonly place: HostPlace;
  readonly source: Source;
  readonly devices: Devices;
}

/** Where a request goes now, with nothing taken yet. */
export function choose(ledger: Ledger, asked: Asked): Choice | undefined {
  const { request, need, policy } = asked;
  if (policy === packed && request.group === undefined) return choosePacked(ledger, request, need);
  const candidates: HostPlace[] = [];
  for (const source of sources(ledger, request)) {
    // What is asked of a host is the same for all of its pools, but for the devices.
    if (need.gpu === 0 && !source.free.fit(need)) continue;
    for (const place of hostOf(source).places) {
      if (!isUsable(place, asked)) continue;
      // Bundles of a group may lie on one host.
      if (request.group !== undefined && candidates.includes(place)) continue;
      if (need.gpu === 0 || source.free.fit(need, place.pool?.devices)) candidates.push(place);
    }
  }
  if (candidates.length === 0) return undefined;
  const place = policy.choose(request, candidates) as HostPlace | undefined;
  if (place === undefined) return undefined;
  if (!candidates.includes(place)) throw foreignChoice(policy);
  for (const source of sources(ledger, request)) {
    const devices = hostOf(source) === place.host ? source.free.fit(need, place.pool?.devices) : undefined;
    if (devices) return { place, source, devices };
  }
  return undefined;
}

/** Whether there is a place for a request when each source has what `capacity` says. */
export function isPossible(ledger: Ledger, asked: Asked, capacity: (source: Source) => Capacity): boolean {
  for (const source of sources(ledger, asked.request)) {
    for (const place of hostOf(source).places) {
      if (isUsable(place, asked) && capacity(source).fit(asked.need, place.pool?.bound)) return true;
    }
  }
  return false;
}

/** Whether a request could be served from there if there were enough. */
export function mayUse(ledger: Ledger, asked: Asked, source: Source): boolean {
  for (const own of sources(ledger, asked.request)) {
    if (own === source) return hostOf(source).places.some((place) => isUsable(place, asked));
  }
  return false;
}

/** From where a request may be served: hosts, or bundles of its placement group. */
function* sources(ledger: Ledger, { group, bundle }: ResourceRequest): Iterable<Source> {
  if (group === undefined) {
    yield* ledger.hosts.values();
    return;
  }
  for (const state of ledger.bundles(group) ?? []) {
    if (!state.gone && (bundle === undefined || bundle === state.index)) yield state;
  }
}

function hostOf(source: Source): HostState {
  return "host" in source ? source.host : source;
}

function isUsable(place: HostPlace, { request: { label }, policy }: Asked): boolean {
  return (label === undefined || hasLabel(place, label)) && (policy.admits?.(place) ?? true);
}

/** What `pack()` would choose among all candidates, found without going through them. */
function choosePacked(ledger: Ledger, { label }: ResourceRequest, need: Need): Choice | undefined {
  const order = need.gpu > 0 ? ledger.byGpu : ledger.byCpu;
  const hosts = order.all;
  for (let i = order.firstWith(need.gpu > 0 ? need.gpu : need.cpu); i < hosts.length; i++) {
    const host = hosts[i]!;
    if (!host.free.fit(need)) continue;
    const place = leastLoaded(
      label === undefined && need.gpu === 0
        ? host.places
        : host.places.filter(
            (place) =>
              (label === undefined || hasLabel(place, label)) &&
              host.free.fit(need, place.pool?.devices) !== undefined,
          ),
    );
    const devices = place && host.free.fit(need, place.pool?.devices);
    if (devices) return { place, source: host, devices };
  }
  return undefined;
}

function foreignChoice(policy: Policy): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    `The placement policy ${policy.name} chose something that is not among the candidates it was given. ` +
      "choose() returns one of them, or undefined.",
    { details: { policy: policy.name } },
  );
}
