import { inspect } from "node:util";

import { cancelledError, timeoutProblem, TroupeError, type WaitOptions } from "@troupe/core";

import type { Allocation, Place } from "./allocation.js";
import type { Amounts } from "./amounts.js";
import { parseBundles } from "./group/bundle.js";
import { groupClaim } from "./group/group-claim.js";
import { PlacementGroup } from "./group/placement-group.js";
import { type PlacementStrategy, placementStrategies } from "./group/strategy.js";
import { Capacity } from "./host/capacity.js";
import type { HostOptions, PoolPlace } from "./host/host-options.js";
import type { HostState } from "./host/host-state.js";
import { Holders } from "./ledger/holders.js";
import { Ledger } from "./ledger/ledger.js";
import { checkText, configError, parseNeed } from "./need.js";
import { type Asked, choose } from "./placing.js";
import { pack } from "./policy/policies.js";
import type { Policy } from "./policy/policy.js";
import { noPlaceNow } from "./refusal.js";
import type { RequestedAmounts, ResourceRequest } from "./request.js";
import { requestClaim } from "./request-claim.js";
import type { Claim } from "./waiting/claim.js";
import { WaitingLine, type WaitingRequest } from "./waiting/waiting-line.js";

/** What a {@link ResourceManager} is made of. */
export interface ResourceManagerOptions {
  /** The machines; more may come and go. */
  readonly hosts: readonly HostOptions[];
  /** Where requests go that name no policy. Default: `pack()`. */
  readonly policy?: Policy | undefined;
  /** How many requests may wait. Default: 100,000. */
  readonly waiting?: number | undefined;
}

/** Options of {@link ResourceManager.placementGroup}. */
export interface PlacementGroupOptions extends WaitOptions {
  /** Who will hold the bundles. */
  readonly owner?: string | undefined;
  /** Who cannot go on before they are granted. Default: `owner`. */
  readonly by?: string | undefined;
}

/** Amounts of all hosts together, and of each by its id. */
export interface HostAmounts extends Amounts {
  readonly hosts: Readonly<Record<string, Amounts>>;
}

/**
 * Gives out what hosts have: cores, memory, GPUs or shares of them, and whatever else is counted.
 *
 * Requests are served in the order in which they come. While one waits, none that comes later is granted anything, so
 * that a large one gets its turn; but a request that asks for nothing never waits, and one on the bundles of a placement
 * group waits for others on these only. What can never be granted is
 * refused at once, and so is what would wait in a circle.
 */
export class ResourceManager {
  readonly #holders = new Holders();
  readonly #ledger = new Ledger(this.#holders);
  readonly #line: WaitingLine;
  readonly #policy: Policy;
  #isClosed = false;

  /** @throws ERR_CONFIG naming the host and field that is wrong. */
  constructor(options: ResourceManagerOptions) {
    const { hosts, policy = pack(), waiting = 100_000 } = options;
    if (!Number.isSafeInteger(waiting) || waiting < 0)
      throw configError("ResourceManager", "waiting", `must be a whole number; it is ${inspect(waiting)}`);
    checkPolicy(policy);
    this.#policy = policy;
    this.#line = new WaitingLine(waiting, this.#holders, () => this.#ledger.holdings());
    for (const host of hosts) this.#ledger.addHost(host);
  }

  /**
   * Waits until what is asked for is free, and takes it.
   *
   * @throws ERR_NO_RESOURCES at once when no host could ever give it, or too many wait already; later when the
   * last host that could leaves. ERR_DEADLOCK when it would wait for somebody who waits for `request.by`.
   * ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED
   */
  async allocate(request: ResourceRequest, options: WaitOptions = {}): Promise<Allocation> {
    const asked = this.#parse("allocate()", request);
    return this.#claim(requestClaim(this.#ledger, asked), options, asked);
  }

  /**
   * Takes what is asked for when it is free and nobody waits; else gives `undefined`, also for what can never be had.
   *
   * @throws ERR_CONFIG, ERR_CLOSED
   */
  tryAllocate(request: ResourceRequest): Allocation | undefined {
    const asked = this.#parse("tryAllocate()", request);
    this.#checkOpen();
    if (!this.#line.isClear(request.group) && !asked.need.isNothing) return undefined;
    const choice = choose(this.#ledger, asked);
    return choice && this.#ledger.take(request, asked.need, choice.place, choice.source, choice.devices);
  }

  /**
   * Where a request would go if it were allocated now, with nothing taken and regardless of who waits.
   *
   * @throws ERR_CONFIG, ERR_CLOSED
   */
  place(request: ResourceRequest): Place | undefined {
    const asked = this.#parse("place()", request);
    this.#checkOpen();
    const choice = choose(this.#ledger, asked);
    return choice && { host: choice.place.host.id, pool: choice.place.pool?.id };
  }

  /**
   * Gives back what was allocated, and serves those who wait. Again, or after the host or pool was removed: no
   * effect.
   */
  release(allocation: Pick<Allocation, "id">): void {
    if (this.#ledger.giveBack(allocation.id)) this.#serve();
  }

  /**
   * Sets bundles of resources aside, all or none, and waits in line with requests until that is possible. Requests
   * are served from them with `allocate({ …, ...group.bundle(0) })`.
   *
   * @throws ERR_NO_RESOURCES, ERR_DEADLOCK, ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED as `allocate()` does. A
   * group of which it takes too long to find out whether it could ever fit waits.
   */
  async placementGroup(
    bundles: readonly RequestedAmounts[],
    strategy: PlacementStrategy = "pack",
    options: PlacementGroupOptions = {},
  ): Promise<PlacementGroup> {
    if (!placementStrategies.includes(strategy)) {
      const known = placementStrategies.join(", ");
      throw configError(
        "placementGroup()",
        "strategy",
        `must be one of ${known}; it is ${inspect(strategy)}`,
      );
    }
    const { owner, by } = options;
    checkOwners("placementGroup()", options);
    const asked = { bundles: parseBundles(bundles), strategy, owner, by, given: bundles };
    const { id, bundles: given } = await this.#claim(groupClaim(this.#ledger, asked), options);
    return new PlacementGroup(id, strategy, given, () => this.removeGroup(id));
  }

  /** As `group.remove()`, for who has only its id. */
  removeGroup(id: string): void {
    if (!this.#ledger.removeGroup(id)) return;
    this.#line.refuse();
    this.#serve();
  }

  /** What is free: neither allocated nor set aside for a group. */
  available(): HostAmounts {
    return this.#amounts((host) => host.free);
  }

  /** What there is. */
  total(): HostAmounts {
    return this.#amounts((host) => host.total);
  }

  /** Who waits, in order. */
  get waiting(): readonly WaitingRequest[] {
    return this.#line.list();
  }

  /** Adds a host, and serves those who wait. @throws ERR_CONFIG */
  addHost(host: HostOptions): void {
    this.#ledger.addHost(host);
    this.#serve();
  }

  /**
   * Removes a host and all that was allocated there, bundles of groups included. Requests that can never be served
   * any more are refused.
   *
   * @returns What was allocated there. Nothing for a host that is not there.
   */
  removeHost(id: string): Allocation[] {
    return this.#afterLoss(this.#ledger.removeHost(id));
  }

  /** Adds a pool to a host, and serves those who wait. @throws ERR_CONFIG */
  addPool(hostId: string, pool: PoolPlace): void {
    const host = this.#ledger.hosts.get(hostId);
    if (!host) throw configError("addPool()", "host", `must be the id of a host; ${inspect(hostId)} is none`);
    host.addPool(pool);
    this.#serve();
  }

  /** Removes a pool and all that was allocated in it, as {@link removeHost} does. */
  removePool(hostId: string, poolId: string): Allocation[] {
    return this.#afterLoss(this.#ledger.removePool(hostId, poolId));
  }

  /** Looks again at those who wait: for when loads of pools changed, for which `idle()` waits. */
  lookAgain(): void {
    this.#serve();
  }

  /** Refuses those who wait, and whoever comes, with ERR_CLOSED. What is allocated may still be released. */
  close(): void {
    this.#isClosed = true;
    this.#line.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #claim<T>(claim: Claim<T>, options: WaitOptions, asked?: Asked): Promise<T> {
    const problem = timeoutProblem(options.timeout);
    if (problem) throw problem;
    this.#checkOpen();
    if (options.signal?.aborted) throw cancelledError(`waiting for ${claim.what}`, options.signal);
    if (this.#line.isClear(claim.group) || asked?.need.isNothing) {
      const taken = claim.take();
      if (taken !== undefined) return taken;
    }
    const refusal = claim.refusal();
    if (refusal) throw refusal;
    if (asked?.need.isNothing) throw noPlaceNow(this.#ledger, asked);
    return this.#line.enter(claim, options);
  }

  #parse(what: string, request: ResourceRequest): Asked {
    const { policy = this.#policy, group, bundle } = request;
    if (policy !== this.#policy) checkPolicy(policy);
    if (group !== undefined) checkText(what, "group", group);
    if (bundle !== undefined && group === undefined) throw configError(what, "bundle", "needs a group");
    checkOwners(what, request);
    return { request, need: parseNeed(what, request), policy };
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new TroupeError("ERR_CLOSED", "The resource manager was closed.");
  }

  #serve(): void {
    if (this.#line.size > 0) this.#line.serve();
  }

  #afterLoss(gone: Allocation[]): Allocation[] {
    this.#line.refuse();
    this.#serve();
    return gone;
  }

  #amounts(of: (host: HostState) => Capacity): HostAmounts {
    const whole = new Capacity(0, 0, [], new Map());
    const hosts: Record<string, Amounts> = {};
    for (const host of this.#ledger.hosts.values()) {
      const capacity = of(host);
      whole.add(capacity);
      hosts[host.id] = capacity.toAmounts();
    }
    return { ...whole.toAmounts(), hosts };
  }
}

function checkPolicy(policy: Policy): void {
  if (typeof policy?.choose !== "function")
    throw configError("ResourceManager", "policy", `must have a choose(); it is ${inspect(policy)}`);
}

function checkOwners(
  what: string,
  { owner, by }: { owner?: string | undefined; by?: string | undefined },
): void {
  if (owner !== undefined) checkText(what, "owner", owner);
  if (by !== undefined) checkText(what, "by", by);
}
