import { inspect } from "node:util";

import type { HostState } from "../host/host-state.js";
import { configError, describeNeed, type Need, parseNeed } from "../need.js";
import { hasLabel } from "../policy/policies.js";
import type { RequestedAmounts } from "../request.js";

/** A bundle that is asked for. */
export interface Bundle {
  readonly need: Need;
  readonly label: string | undefined;
}

/** Bundles of one group; more is a mistake. */
const most = 1000;

/** @throws ERR_CONFIG naming the bundle and the field that is wrong. */
export function parseBundles(bundles: readonly RequestedAmounts[]): readonly Bundle[] {
  if (!Array.isArray(bundles) || bundles.length === 0 || bundles.length > most)
    throw configError(
      "placementGroup()",
      "bundles",
      `must be a list of 1 to ${most}; it is ${inspect(bundles, { depth: 0 })}`,
    );
  return bundles.map((bundle: RequestedAmounts, index) => {
    const need = parseNeed(`placementGroup() bundles[${index}]`, bundle);
    if (need.isNothing) throw configError("placementGroup()", `bundles[${index}]`, "asks for nothing");
    return { need, label: bundle.label };
  });
}

export function admitsBundle(host: HostState, { label }: Bundle): boolean {
  return label === undefined || host.places.some((place) => hasLabel(place, label));
}

export function describeBundle({ need, label }: Bundle): string {
  return label === undefined ? describeNeed(need) : `${describeNeed(need)} with the label "${label}"`;
}
