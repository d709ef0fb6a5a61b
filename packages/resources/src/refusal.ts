import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import { scale } from "./amounts.js";
import { type Bundle, describeBundle } from "./group/bundle.js";
import type { PlacementStrategy } from "./group/strategy.js";
import type { HostState } from "./host/host-state.js";
import type { Ledger } from "./ledger/ledger.js";
import { formatMemory } from "./memory.js";
import { describeNeed } from "./need.js";
import type { Asked } from "./placing.js";

/** Hosts that a message lists one by one; more are summed up. */
const fewHosts = 8;

/** A request as people read it: `cpu 2 with the label "fast", by address("10.0.0.1")`. */
export function describeAsked({ request, need, policy }: Asked): string {
  const { label, group, bundle } = request;
  const value = policy.description?.value;
  return [
    describeNeed(need),
    ...(label === undefined ? [] : [`with the label "${label}"`]),
    ...(group === undefined
      ? []
      : [`from ${bundle === undefined ? "" : `bundle ${bundle} of `}placement group ${group}`]),
    ...(request.policy === undefined
      ? []
      : [`by ${policy.name}(${value === undefined ? "" : inspect(value)})`]),
  ].join(" ");
}

/** For a request that no host, pool or bundle could ever serve. */
export function impossibleRequest(ledger: Ledger, asked: Asked): TroupeError {
  const { group, bundle } = asked.request;
  const bundles = group === undefined ? undefined : ledger.bundles(group);
  let there = describeHosts(ledger);
  if (group !== undefined && !bundles) there = "There is no such placement group, or no longer.";
  if (bundles) {
    const lost = bundles.filter(({ gone }) => gone).map(({ index }) => index);
    const has = bundles.map(({ need }, index) => `${index} has ${describeNeed(need)}`).join("; ");
    there = `Of its bundles ${has}.${lost.length > 0 ? ` The hosts of ${lost.join(", ")} are gone.` : ""}`;
  }
  return new TroupeError(
    "ERR_NO_RESOURCES",
    `${describeAsked(asked)} can never be given. ${there} Ask for what one of them has, or add a host that has it.`,
    { retryable: false, details: { group, bundle, hosts: ledger.hosts.size } },
  );
}

/** For a request that asks for nothing and so does not wait: its policy found no place. */
export function noPlaceNow(ledger: Ledger, asked: Asked): TroupeError {
  return new TroupeError(
    "ERR_NO_RESOURCES",
    `There is no place now for ${describeAsked(asked)}; what asks for nothing does not wait. ${describeHosts(ledger)} ` +
      "Try again later, or choose another policy.",
  );
}

/** For a placement group that could not lie on these hosts if nobody else were there. */
export function impossibleGroup(
  ledger: Ledger,
  bundles: readonly Bundle[],
  strategy: PlacementStrategy,
): TroupeError {
  const listed = bundles.slice(0, fewHosts).map(describeBundle).join("; ");
  const more = bundles.length > fewHosts ? `; and ${bundles.length - fewHosts} more` : "";
  return new TroupeError(
    "ERR_NO_RESOURCES",
    `A placement group of ${bundles.length} bundles by ${strategy} (${listed}${more}) can never be given. ` +
      `${describeHosts(ledger)} Ask for less, for smaller bundles, or add hosts.`,
    { retryable: false, details: { bundles: bundles.length, strategy, hosts: ledger.hosts.size } },
  );
}

function describeHosts({ hosts }: Ledger): string {
  if (hosts.size === 0) return "There is no host.";
  const all = [...hosts.values()];
  if (all.length <= fewHosts) return `There are ${all.map(describeHost).join("; ")}.`;
  const most = (amount: (host: HostState) => number) => Math.max(...all.map(amount));
  const labels = [...new Set(all.flatMap(labelsOf))].slice(0, fewHosts);
  return (
    `There are ${all.length} hosts, with at most cpu ${most(({ total }) => total.cpu)}, ` +
    `gpu ${most(({ total }) => total.gpu)}, memory ${formatMemory(most(({ total }) => total.memory))} each` +
    `${labels.length > 0 ? `, labels ${labels.join(", ")}` : ""}.`
  );
}

function describeHost(host: HostState): string {
  const { total, places } = host;
  const labels = labelsOf(host);
  const pools = places.filter(({ pool }) => pool !== undefined).length;
  const parts = [
    `cpu ${total.cpu}`,
    `gpu ${total.gpu}`,
    `memory ${formatMemory(total.memory)}`,
    ...[...total.custom].map(([name, units]) => `${name} ${units / scale}`),
    ...(labels.length > 0 ? [`labels ${labels.join(", ")}`] : []),
    ...(places[0]?.pool === undefined && places.length > 0 ? [] : [`${pools} pools`]),
  ];
  const address = host.address === undefined ? "" : ` at ${host.address}`;
  return `${host.id}${address} (${parts.join(", ")})`;
}

function labelsOf({ labels, places }: HostState): string[] {
  return [...new Set([...labels, ...places.flatMap(({ pool }) => pool?.label ?? [])])];
}
