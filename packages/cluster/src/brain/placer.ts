import { availableParallelism, hostname } from "node:os";

import { TroupeError, type WaitOptions } from "@troupe/core";
import type {
  Allocation,
  HostAmounts,
  HostOptions,
  PlacementGroup,
  PlacementGroupOptions,
  PlacementStrategy,
  Policy,
  RequestedAmounts,
  ResourceManager,
  ResourceRequest,
  Topology,
  TopologyComponent,
  WaitingRequest,
} from "@troupe/resources";

import type { Grant, Placement, PlaceRequest } from "../node/brain-port.js";
import type { Actor } from "./actor-tree.js";
import { pathName } from "./path-name.js";
import type { ProcessEntry, ProcessTable } from "./process-table.js";

/** What of this machine may be given to actors; what is absent is detected. */
export interface MachineResources {
  /** Cores; fractions are kept. */
  readonly cpu?: number | undefined;
  /** Bytes, or a text such as `8GiB`. */
  readonly memory?: number | string | undefined;
  /** Devices. */
  readonly gpus?: HostOptions["gpus"];
  /** Custom resources by name. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** What a machine that joined gives to actors. */
export type JoinedMachine = Omit<HostOptions, "id" | "pools">;

/** What a cluster has, what of it is free, and who waits for some. */
export interface ClusterResources {
  readonly total: HostAmounts;
  readonly available: HostAmounts;
  readonly waiting: readonly WaitingRequest[];
}

/** Resources that were taken, for what is no actor. */
export interface Taken {
  readonly grant: Grant;
  /** The pool in which they are, if they are of one. */
  readonly pool: string | undefined;
  release(): void;
}

/** Policies of which it is remembered where they stand, such as whose turn it is. */
const maxPolicies = 1_000;

/**
 * Places actors that ask for resources or by a policy. Nothing is detected, nor any of it loaded, before one does: most
 * programs have none.
 */
export class Placer {
  #manager: Promise<ResourceManager> | undefined;
  readonly #allocations = new Map<Actor, Allocation>();
  /** Those that wait, and how they are told to stop. */
  readonly #waiting = new Map<Actor, AbortController>();
  readonly #policies = new Map<string, Policy>();
  /** Machines that joined, by their names. */
  readonly #joined = new Map<string, JoinedMachine>();
  /** What actors take, by the name of their class in paths. */
  readonly #components: ReadonlyMap<string, TopologyComponent> | undefined;
  /** Hosts and pools that the manager has been told of. */
  readonly #known = new Set<string>();

  /**
   * @param host Name of this machine in the cluster.
   * @param topology What actors take.
   * @throws ERR_CONFIG for two entries of the topology that go by one name.
   */
  constructor(
    private readonly host: string,
    private readonly processes: ProcessTable,
    private readonly machine: MachineResources,
    topology: Topology | undefined,
  ) {
    this.#components = topology && componentsOf(topology);
  }

  /** A machine joined, without pools yet. @throws ERR_CONFIG for what cannot be given to actors */
  async addHost(host: string, machine: JoinedMachine): Promise<void> {
    this.#joined.set(host, machine);
    const manager = await this.#manager;
    // It may have been made meanwhile, with this host in it; or the host has left.
    if (manager && this.#joined.has(host) && !this.#isKnown(host))
      manager.addHost(this.#hostOptions(host, machine));
  }

  /** What was allocated there is gone. */
  removeHost(host: string): void {
    if (!this.#joined.delete(host)) return;
    this.#tell((manager) => {
      this.#known.delete(host);
      manager.removeHost(host);
    });
  }

  /** Whether a place is to be found here, rather than by the number of actors alone. */
  isFor({ needs, placement, pool }: PlaceRequest): boolean {
    if (pool !== undefined && this.processes.get(pool)?.kind === "driver") return false;
    return needs !== undefined || placement !== undefined || this.#components !== undefined;
  }

  /**
   * Waits until what the actor asks for is free in some pool, and takes it.
   *
   * @throws ERR_NO_RESOURCES for what can never be had, ERR_DEADLOCK, ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, also when the
   *   actor is given up.
   */
  async take(
    actor: Actor,
    request: PlaceRequest,
    { signal, timeout }: WaitOptions = {},
  ): Promise<ProcessEntry> {
    const given = new AbortController();
    this.#waiting.set(actor, given);
    try {
      const manager = await this.#open();
      const allocation = await manager.allocate(await this.#requestOf(actor, request), {
        signal: signal ? AbortSignal.any([given.signal, signal]) : given.signal,
        timeout,
      });
      this.#allocations.set(actor, allocation);
      return this.processes.get(allocation.pool!)!;
    } finally {
      this.#waiting.delete(actor);
    }
  }

  /** What the actor's process has to know of what it was given. */
  grantOf(actor: Actor): Grant | undefined {
    const allocation = this.#allocations.get(actor);
    if (!allocation || (allocation.cpu === 0 && allocation.gpus.length === 0)) return undefined;
    return granted(allocation);
  }

  /** Waits until that is free, and takes it. @throws ERR_NO_RESOURCES, ERR_DEADLOCK, ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED */
  async takeFor(request: ResourceRequest, options?: WaitOptions): Promise<Taken> {
    const manager = await this.#open();
    const allocation = await manager.allocate(request, options);
    return { grant: granted(allocation), pool: allocation.pool, release: () => manager.release(allocation) };
  }

  /** The actor is not where it was, or waits no more. */
  release(actor: Actor): void {
    this.#waiting.get(actor)?.abort();
    const allocation = this.#allocations.get(actor);
    if (!this.#allocations.delete(actor)) return;
    this.#tell((manager) => manager.release(allocation!));
  }

  /** @throws ERR_CONFIG for GPUs that there are not. */
  async addPool(entry: ProcessEntry): Promise<void> {
    const manager = await this.#manager;
    if (manager && !this.#isKnown(entry.name)) manager.addPool(entry.host, placeOf(entry));
  }

  removePool({ name, host }: ProcessEntry): void {
    this.#tell((manager) => {
      this.#known.delete(name);
      manager.removePool(host, name);
    });
  }

  async resources(): Promise<ClusterResources> {
    const manager = await this.#open();
    return { total: manager.total(), available: manager.available(), waiting: manager.waiting };
  }

  async placementGroup(
    bundles: readonly RequestedAmounts[],
    strategy?: PlacementStrategy,
    options?: PlacementGroupOptions & WaitOptions,
  ): Promise<PlacementGroup> {
    return (await this.#open()).placementGroup(bundles, strategy, options);
  }

  close(): void {
    for (const waiting of this.#waiting.values()) waiting.abort();
    this.#tell((manager) => manager.close());
  }

  /** Those who asked for a manager that could not be made have heard why. */
  #tell(what: (manager: ResourceManager) => void): void {
    this.#manager?.then(what, () => {});
  }

  #open(): Promise<ResourceManager> {
    return (this.#manager ??= this.#makeManager());
  }

  async #makeManager(): Promise<ResourceManager> {
    const { detectInventory, ResourceManager, spread } = await import("@troupe/resources");
    const inventory = await detectInventory(this.machine);
    const given = Object.entries(this.machine).filter(([, value]) => value !== undefined);
    const here: JoinedMachine = { address: hostname(), ...inventory, ...Object.fromEntries(given) };
    const machines = new Map([[this.host, here], ...this.#joined]);
    const hosts = Array.from(machines, ([host, machine]) => this.#hostOptions(host, machine));
    return new ResourceManager({ hosts, policy: spread() });
  }

  #hostOptions(host: string, machine: JoinedMachine): HostOptions {
    const pools = this.processes.pools.filter((pool) => pool.host === host);
    for (const name of [host, ...pools.map(({ name }) => name)]) this.#known.add(name);
    return { ...machine, id: host, pools: pools.map(placeOf) };
  }

  #isKnown(name: string): boolean {
    if (this.#known.has(name)) return true;
    this.#known.add(name);
    return false;
  }

  async #requestOf(actor: Actor, request: PlaceRequest): Promise<ResourceRequest> {
    const ofClass = this.#components?.get(pathName(request.class))?.request;
    const { pool, needs, placement } = request;
    const chosen = await this.#placement(placement ?? ofClass?.policy);
    return {
      ...ofClass,
      ...needs,
      ...chosen,
      ...(pool === undefined ? {} : await this.#inPool(pool)),
      owner: actor.path,
      by: actor.parent?.path ?? actor.path,
    };
  }

  async #placement(placement: Placement | undefined): Promise<Partial<ResourceRequest>> {
    if (!placement) return {};
    if ("group" in placement) return placement;
    if ("choose" in placement) return { policy: placement };
    const key = JSON.stringify(placement);
    let policy = this.#policies.get(key);
    if (!policy) {
      const { parsePolicy } = await import("@troupe/resources");
      policy = parsePolicy(placement);
      if (this.#policies.size < maxPolicies) this.#policies.set(key, policy);
    }
    return { policy };
  }

  /** The pool of that name, else those of that label. */
  async #inPool(pool: string): Promise<Partial<ResourceRequest>> {
    const { affinity } = await import("@troupe/resources");
    const named = this.processes.get(pool);
    return named ? { policy: affinity({ host: named.host, pool }) } : { label: pool };
  }
}

function granted({ cpu, gpus }: Allocation): Grant {
  return { cpu, devices: gpus.map(({ index, uuid }) => uuid ?? String(index)) };
}

function placeOf(entry: ProcessEntry) {
  return {
    id: entry.name,
    index: entry.index,
    label: entry.label,
    gpus: entry.gpus,
    get load() {
      return entry.actors.size;
    },
  };
}

const machineFields: Readonly<Record<keyof MachineResources, true>> = {
  cpu: true,
  memory: true,
  gpus: true,
  resources: true,
  labels: true,
};

/** @throws ERR_CONFIG for a field that there is not. */
export function checkMachine(machine: object): MachineResources {
  const unknown = Object.keys(machine).find((field) => !Object.hasOwn(machineFields, field));
  if (unknown === undefined) return machine;
  throw new TroupeError(
    "ERR_CONFIG",
    `resources has no "${unknown}"; there are ${Object.keys(machineFields).join(", ")}, and those of one's own go into resources.resources.`,
    { details: { option: "resources", field: unknown } },
  );
}

/** What classes take, by their names in paths, however the file spells them: `Worker` is `worker`. */
function componentsOf({ file, components }: Topology): ReadonlyMap<string, TopologyComponent> {
  const byName = new Map<string, TopologyComponent>();
  for (const [spelling, component] of components) {
    const name = pathName(spelling);
    const other = byName.get(name)?.name;
    if (other !== undefined)
      throw new TroupeError(
        "ERR_CONFIG",
        `${file} says twice what ${name} takes: as ${other}, and as ${spelling}; remove one.`,
        { details: { file, components: [other, spelling] } },
      );
    byName.set(name, component);
  }
  return byName;
}

/**
 * What the topology of a file has for this machine.
 *
 * @throws ERR_CONFIG when it has several machines, and none by this one's name.
 */
export function machineOf({ file, hosts }: Topology): MachineResources {
  const found = hosts.find(({ id, address }) => [id, address].includes(hostname())) ?? hosts[0];
  if (found && (hosts.length === 1 || found.id === hostname() || found.address === hostname())) {
    const { cpu, memory, gpus, resources, labels } = found;
    return { cpu, memory, gpus, resources, labels };
  }
  throw new TroupeError(
    "ERR_CONFIG",
    `${file} names ${hosts.length} hosts, none of which is this machine, ${hostname()}; it has ${availableParallelism()} cores.`,
    { details: { file, host: hostname() } },
  );
}
