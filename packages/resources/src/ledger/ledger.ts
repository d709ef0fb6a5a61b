import { uniqueId } from "@troupe/core";

import type { AllocatedGpu, Allocation } from "../allocation.js";
import { scale } from "../amounts.js";
import type { Devices } from "../host/capacity.js";
import type { HostOptions } from "../host/host-options.js";
import { type HostPlace, HostState } from "../host/host-state.js";
import { HostsByRoom } from "../host/hosts-by-room.js";
import { configError, type Need } from "../need.js";
import type { ResourceRequest } from "../request.js";
import { BundleState } from "./bundle-state.js";
import type { Held, Holding, Source } from "./held.js";
import type { Holders } from "./holders.js";

/** Hosts, and who has what of them. It neither chooses nor waits. */
export class Ledger {
  readonly #hosts = new Map<string, HostState>();
  readonly #held = new Map<string, Held>();
  readonly #groups = new Map<string, readonly BundleState[]>();
  readonly byCpu = new HostsByRoom("cpuUnits");
  readonly byGpu = new HostsByRoom("gpuUnits");
  /** Ids are of this ledger alone: an allocation of another is not mistaken for one of its own. */
  readonly #name = uniqueId();
  #next = 0;

  constructor(private readonly holders: Holders) {}

  /** In the order in which they were added. */
  get hosts(): ReadonlyMap<string, HostState> {
    return this.#hosts;
  }

  addHost(options: HostOptions): void {
    const host = new HostState(options, this.#next++);
    if (this.#hosts.has(host.id))
      throw configError("hosts", "id", `${host.id} is there already; ids of hosts differ`);
    this.#hosts.set(host.id, host);
    this.byCpu.add(host);
    this.byGpu.add(host);
  }

  /** Removes a host, with what was taken there, bundles included. */
  removeHost(id: string): Allocation[] {
    const host = this.#hosts.get(id);
    if (!host) return [];
    const gone = this.#giveBackAll((held) => held.place.host === host);
    for (const bundle of [...this.#groups.values()].flat()) {
      // All that was taken from it is given back by now.
      if (bundle.host === host) this.#endBundle(bundle);
    }
    this.#hosts.delete(id);
    this.byCpu.remove(host);
    this.byGpu.remove(host);
    return gone;
  }

  removePool(hostId: string, poolId: string): Allocation[] {
    const pool = this.#hosts.get(hostId)?.removePool(poolId);
    return pool ? this.#giveBackAll((held) => held.place.pool === pool) : [];
  }

  take(request: ResourceRequest, need: Need, place: HostPlace, source: Source, devices: Devices): Allocation {
    const { label, owner } = request;
    const { host, pool } = place;
    const bundle = source instanceof BundleState ? source : undefined;
    this.#takeFrom(source, need, devices);
    host.held++;
    pool?.enter(need, devices);
    const allocation: Allocation = {
      id: this.#id(),
      host: host.id,
      pool: pool?.id,
      cpu: need.cpu / scale,
      memory: need.memory,
      gpus: allocatedGpus(host, need, devices),
      resources: allocatedResources(need),
      label,
      owner,
      group: bundle?.group,
      bundle: bundle?.index,
    };
    const held: Held = { allocation, owner, source, need, devices, place };
    this.#held.set(allocation.id, held);
    this.holders.hold(owner);
    bundle?.add(held);
    return allocation;
  }

  /** Whether there was something to give back. */
  giveBack(id: string): boolean {
    const held = this.#held.get(id);
    if (!held) return false;
    const { need, place, source } = held;
    this.#held.delete(id);
    this.holders.drop(held.owner);
    this.#giveTo(source, need, held.devices);
    place.host.held--;
    place.pool?.leave(need);
    if (source instanceof BundleState) source.delete(held);
    return true;
  }

  /** Sets bundles aside; `undefined` for a group that is not there, or no longer. */
  bundles(group: string): readonly BundleState[] | undefined {
    return this.#groups.get(group);
  }

  addGroup(
    owner: string | undefined,
    bundles: readonly { host: HostState; need: Need; devices: Devices }[],
  ): { id: string; bundles: Allocation[] } {
    const id = this.#id();
    const states = bundles.map(
      ({ host, need, devices }, index) => new BundleState(id, index, host, need, devices, owner),
    );
    this.#groups.set(id, states);
    for (const { host, need, devices } of states) {
      this.#takeFrom(host, need, devices);
      this.holders.hold(owner);
    }
    return { id, bundles: states.map(bundleAllocation) };
  }

  /** Removes a group. What was taken from its bundles is taken from their hosts now. Whether it was there. */
  removeGroup(id: string): boolean {
    const bundles = this.#groups.get(id);
    if (!bundles) return false;
    this.#groups.delete(id);
    for (const bundle of bundles) {
      const taken = [...bundle.held];
      this.#endBundle(bundle);
      for (const held of taken) this.#takeFrom((held.source = bundle.host), held.need, held.devices);
    }
    return true;
  }

  /** Everything that is taken: allocations and bundles. */
  *holdings(): Iterable<Holding> {
    yield* this.#held.values();
    for (const bundle of [...this.#groups.values()].flat()) {
      const { owner, host, need, devices, gone } = bundle;
      if (!gone) yield { owner, source: host, need, devices };
    }
  }

  #endBundle(bundle: BundleState): void {
    if (bundle.gone) return;
    bundle.gone = true;
    this.#giveTo(bundle.host, bundle.need, bundle.devices);
    this.holders.drop(bundle.owner);
  }

  #giveBackAll(which: (held: Held) => boolean): Allocation[] {
    const all = [...this.#held.values()].filter(which);
    for (const { allocation } of all) this.giveBack(allocation.id);
    return all.map(({ allocation }) => allocation);
  }

  #takeFrom(source: Source, need: Need, devices: Devices): void {
    source.free.take(need, devices);
    if (source instanceof HostState) this.#moved(source, -need.cpu, -need.gpu);
  }

  #giveTo(source: Source, need: Need, devices: Devices): void {
    source.free.give(need, devices);
    if (source instanceof HostState) this.#moved(source, need.cpu, need.gpu);
  }

  #moved(host: HostState, cpu: number, gpu: number): void {
    if (cpu !== 0) this.byCpu.update(host, host.free.cpuUnits - cpu);
    if (gpu !== 0) this.byGpu.update(host, host.free.gpuUnits - gpu);
  }

  #id(): string {
    return `${this.#name}-${this.#next++}`;
  }
}

const noGpus: readonly AllocatedGpu[] = [];
const noResources: Readonly<Record<string, number>> = {};

function allocatedGpus(host: HostState, need: Need, devices: Devices): readonly AllocatedGpu[] {
  if (devices.length === 0) return noGpus;
  const share = need.share > 0 ? need.share / scale : 1;
  return devices.map((position) => {
    const { index, uuid } = host.gpus[position]!;
    return uuid === undefined ? { index, share } : { index, share, uuid };
  });
}

function allocatedResources(need: Need): Readonly<Record<string, number>> {
  if (need.resources.length === 0) return noResources;
  return Object.fromEntries(need.resources.map(([name, units]) => [name, units / scale]));
}

function bundleAllocation({ group, index, host, need, devices, owner }: BundleState): Allocation {
  return {
    id: `${group}/${index}`,
    host: host.id,
    cpu: need.cpu / scale,
    memory: need.memory,
    gpus: allocatedGpus(host, need, devices),
    resources: allocatedResources(need),
    owner,
    group,
    bundle: index,
  };
}
