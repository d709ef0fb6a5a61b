import type { Capacity } from "../host/capacity.js";
import type { Holding, Source } from "../ledger/held.js";
import { type Need, nothing } from "../need.js";
import type { Claim } from "./claim.js";

/** One wait of a cycle. */
export interface Wait {
  readonly owner: string;
  readonly waitsFor: string;
  readonly heldBy: string;
}

/** A claim that waits. */
interface Waiting {
  readonly claim: Claim<unknown>;
}

/**
 * Those that wait for nothing but each other.
 *
 * Who does not wait will give back what he holds some day; so will who is granted what he waits for. What remains when
 * nobody else can be granted anything is stuck. (A reduction of the graph of resources and holders, as by R. C. Holt,
 * "Some Deadlock Properties of Computer Systems", 1972. Any of several holders can serve a claim, so a cycle of waits
 * alone proves nothing.) It errs on the side of waiting: an owner with several claims goes on when one is granted.
 *
 * @param inOrder Whether nobody is granted anything before those ahead of him.
 */
export function stuck<W extends Waiting>(
  waiting: Iterable<W>,
  holdings: readonly Holding[],
  inOrder: boolean,
): readonly W[] {
  let left = [...waiting];
  const held = new Map<string | undefined, Holding[]>();
  const owners = new Set<string | undefined>(left.map(({ claim }) => claim.by));
  const future = new Future();
  for (const holding of holdings) {
    if (holding.owner === undefined || !owners.has(holding.owner)) future.giveBack(holding);
    else if (held.has(holding.owner)) held.get(holding.owner)!.push(holding);
    else held.set(holding.owner, [holding]);
  }
  for (let before = Infinity; left.length < before;) {
    before = left.length;
    let isBehind = false;
    left = left.filter(({ claim }) => {
      if ((inOrder && isBehind) || !claim.fits(future.capacity)) return (isBehind = true);
      if (claim.by === undefined) return false;
      for (const holding of held.get(claim.by) ?? []) future.giveBack(holding);
      held.delete(claim.by);
      return false;
    });
  }
  return left;
}

/**
 * The shortest cycle of waits among the stuck that `claim` is part of. That somebody waits for what he holds himself
 * is told only when there is nothing else to tell.
 */
export function cycleOf(
  claim: Claim<unknown>,
  among: readonly Waiting[],
  holdings: readonly Holding[],
): readonly Wait[] | undefined {
  const { by } = claim;
  if (by === undefined) return undefined;
  for (const path of pathsFrom(claim, among, holdings)) {
    if (path.at(-1)?.heldBy === by) return path;
  }
  for (const holding of holdings) {
    const kind = holding.owner === by ? waitedFor(claim, holding) : undefined;
    if (kind !== undefined) return [{ owner: by, waitsFor: kind, heldBy: by }];
  }
  return undefined;
}

/** The owners for whom a claim waits, and for whom these wait, and so on. */
export function ownersAhead(
  claim: Claim<unknown>,
  among: readonly Waiting[],
  holdings: readonly Holding[],
): ReadonlySet<string> {
  const owners = new Set<string>();
  for (const path of pathsFrom(claim, among, holdings)) owners.add(path.at(-1)!.heldBy);
  return owners;
}

/** Paths of waits from a claim to each owner that it comes to, the shortest first. */
function* pathsFrom(
  claim: Claim<unknown>,
  among: readonly Waiting[],
  holdings: readonly Holding[],
): Iterable<readonly Wait[]> {
  const seen = new Set<string>();
  const next: { claim: Claim<unknown>; path: readonly Wait[] }[] = [{ claim, path: [] }];
  for (const { claim, path } of next) {
    for (const holding of holdings) {
      const { owner } = holding;
      if (owner === undefined || owner === claim.by || seen.has(owner)) continue;
      const kind = waitedFor(claim, holding);
      if (kind === undefined) continue;
      const theirs = among.filter((other) => other.claim.by === owner);
      if (theirs.length === 0) continue;
      seen.add(owner);
      const longer = [...path, { owner: claim.by ?? "it", waitsFor: kind, heldBy: owner }];
      yield longer;
      for (const other of theirs) next.push({ claim: other.claim, path: longer });
    }
  }
}

/** What a claim asks for of what is held: of several kinds one that is short there. */
function waitedFor(claim: Claim<unknown>, { need, source }: Holding): string | undefined {
  if (!claim.mayUse(source)) return undefined;
  const { free } = source;
  const kinds = new Set(partsOf(need).map(({ kind }) => kind));
  const shared = claim.needs.flatMap((need) => partsOf(need).filter(({ kind }) => kinds.has(kind)));
  return (shared.find(({ part }) => free.fit(part) === undefined) ?? shared[0])?.kind;
}

/** A need as several, each of one kind. */
function partsOf({ cpu, memory, devices, share, gpu, resources }: Need): { kind: string; part: Need }[] {
  return [
    ...(cpu > 0 ? [{ kind: "cpu", part: { ...nothing, cpu } }] : []),
    ...(memory > 0 ? [{ kind: "memory", part: { ...nothing, memory } }] : []),
    ...(gpu > 0 ? [{ kind: "gpu", part: { ...nothing, devices, share, gpu } }] : []),
    ...resources.map((resource) => ({ kind: resource[0], part: { ...nothing, resources: [resource] } })),
  ];
}

/** What sources would have when some had given back what they hold. */
class Future {
  readonly #capacities = new Map<Source, Capacity>();

  readonly capacity = (source: Source): Capacity => {
    let capacity = this.#capacities.get(source);
    if (!capacity) this.#capacities.set(source, (capacity = source.free.clone()));
    return capacity;
  };

  giveBack({ source, need, devices }: Holding): void {
    this.capacity(source).give(need, devices);
  }
}
