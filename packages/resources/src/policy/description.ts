import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import type { Place } from "../allocation.js";
import {
  address,
  affinity,
  antiAffinity,
  type Elsewhere,
  idle,
  label,
  mostFree,
  pack,
  poolIndex,
  random,
  spread,
} from "./policies.js";
import type { Policy, PolicyDescription } from "./policy.js";

const makers: Readonly<Record<string, (value: unknown) => Policy>> = {
  pack,
  spread,
  mostFree,
  random: (value) => random((value ?? undefined) as number | undefined),
  address: (value) => address(value as string),
  poolIndex(value) {
    if (typeof value !== "object" || value === null) return poolIndex(value as number);
    const { index, host } = value as { index: number; host?: string };
    return poolIndex(index, host);
  },
  idle: (value) => idle((value ?? undefined) as string | undefined),
  label: (value) => label(value as string),
  affinity: (value) => affinity((value ?? {}) as Place),
  antiAffinity: (value) => antiAffinity((value ?? {}) as Elsewhere),
};

/**
 * A policy of its {@link Policy.description}, or of the name of one that needs nothing else: `"spread"`.
 *
 * What a policy remembers does not travel: `random(seed)` starts again, and `spread()` with the first in turn.
 *
 * @throws ERR_CONFIG for anything else.
 */
export function parsePolicy(description: PolicyDescription | string): Policy {
  const { policy, value }: Partial<PolicyDescription> =
    typeof description === "string" ? { policy: description } : (description ?? {});
  const make = typeof policy === "string" && Object.hasOwn(makers, policy) ? makers[policy] : undefined;
  if (make) return make(value);
  throw new TroupeError(
    "ERR_CONFIG",
    `${inspect(policy ?? description)} is no placement policy; there are ${Object.keys(makers).join(", ")}. ` +
      "A policy of one's own works only where the manager is, given as an object.",
  );
}
