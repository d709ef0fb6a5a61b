import type { Allocation } from "../allocation.js";
import { Capacity, noDevices } from "../host/capacity.js";
import type { HostState } from "../host/host-state.js";
import type { Ledger } from "../ledger/ledger.js";
import { impossibleGroup } from "../refusal.js";
import type { RequestedAmounts } from "../request.js";
import type { Claim } from "../waiting/claim.js";
import { assign, type Ground } from "./assign.js";
import { admitsBundle, type Bundle, describeBundle } from "./bundle.js";
import type { PlacementStrategy } from "./strategy.js";

/** A placement group that is asked for. */
interface AskedGroup {
  readonly given: readonly RequestedAmounts[];
  readonly bundles: readonly Bundle[];
  readonly strategy: PlacementStrategy;
  readonly owner: string | undefined;
  readonly by: string | undefined;
}

/** A placement group as something that may have to wait. */
export function groupClaim(ledger: Ledger, asked: AskedGroup): Claim<{ id: string; bundles: Allocation[] }> {
  const { bundles, strategy, owner, by = owner } = asked;
  const needs = bundles.map(({ need }) => need);
  return {
    asked: asked.given,
    owner,
    by,
    needs,
    group: undefined,
    get what() {
      return `a placement group of ${bundles.map(describeBundle).join("; ")} by ${strategy}`;
    },
    take() {
      const assigned = assign(bundles, strategy, groundNow(ledger));
      if (typeof assigned === "string") return undefined;
      return ledger.addGroup(
        owner,
        assigned.map(({ host, devices }, index) => ({ host, devices, need: needs[index]! })),
      );
    },
    refusal: () =>
      couldFit(ledger, bundles, strategy, (host) => host.total)
        ? undefined
        : impossibleGroup(ledger, bundles, strategy),
    fits: (capacity) => couldFit(ledger, bundles, strategy, capacity),
    mayUse: (source) => !("host" in source) && bundles.some((bundle) => admitsBundle(source, bundle)),
  };
}

function groundNow({ byCpu }: Ledger): Ground {
  return {
    hosts: byCpu.all,
    firstWith: (cpu) => byCpu.firstWith(cpu),
    capacity: (host) => host.free,
  };
}

/** Whether bundles would fit if hosts had what `capacity` says. Yes when it takes too long to find out. */
function couldFit(
  { hosts }: Ledger,
  bundles: readonly Bundle[],
  strategy: PlacementStrategy,
  capacity: (host: HostState) => Capacity,
): boolean {
  const all = [...hosts.values()].sort((a, b) => capacity(a).cpuUnits - capacity(b).cpuUnits);
  const eachFits = bundles.every((bundle) =>
    all.some((host) => admitsBundle(host, bundle) && host.fitBundle(bundle.need, capacity(host))),
  );
  if (!eachFits || !isEnough(all.map(capacity), bundles)) return false;
  return assign(bundles, strategy, { hosts: all, firstWith: () => 0, capacity }) !== "none";
}

/** Whether all hosts together have what all bundles together ask for. */
function isEnough(capacities: readonly Capacity[], bundles: readonly Bundle[]): boolean {
  const whole = new Capacity(0, 0, [], new Map());
  for (const capacity of capacities) whole.add(capacity);
  for (const { need } of bundles) whole.take(need, noDevices);
  const { cpuUnits, memory, gpuUnits, custom } = whole;
  return Math.min(cpuUnits, memory, gpuUnits, ...custom.values()) >= 0;
}
