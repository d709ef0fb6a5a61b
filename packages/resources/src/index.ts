/**
 * What machines have, and who has it: the inventory of a machine, topologies from a file, allocation in order with
 * placement policies, and groups of resources that are set aside together; and launchers, which run programs on
 * machines. It needs no cluster.
 *
 * ```ts
 * import { detectInventory, ResourceManager, spread } from "@troupe/resources";
 *
 * const inventory = await detectInventory();
 * const manager = new ResourceManager({ hosts: [{ id: "here", ...inventory }], policy: spread() });
 * const allocation = await manager.allocate({ cpu: 0.5, memory: "64MiB" }, { timeout: 1000 });
 * console.log(allocation.host, manager.available().cpu); // "here", half a core less
 * manager.release(allocation);
 * ```
 *
 * @module
 */
export { detectInventory, type Inventory, type InventoryOptions } from "./inventory/inventory.js";
export type { DetectedGpu } from "./inventory/nvidia-smi.js";
export { loadTopology, parseTopology, Topology, type TopologyComponent } from "./topology/topology.js";
export type { Amounts } from "./amounts.js";
export type { AllocatedGpu, Allocation, GpuDevice, Place } from "./allocation.js";
export type { RequestedAmounts, ResourceRequest } from "./request.js";
export type { HostOptions, PoolPlace } from "./host/host-options.js";
export {
  type HostAmounts,
  type PlacementGroupOptions,
  ResourceManager,
  type ResourceManagerOptions,
} from "./resource-manager.js";
export type { WaitingRequest } from "./waiting/waiting-line.js";
export type { Wait } from "./waiting/wait-for.js";
export { type BundleReference, PlacementGroup } from "./group/placement-group.js";
export type { PlacementStrategy } from "./group/strategy.js";
export type { Candidate, CandidateHost, CandidatePool, Policy, PolicyDescription } from "./policy/policy.js";
export {
  address,
  affinity,
  antiAffinity,
  idle,
  label,
  mostFree,
  pack,
  poolIndex,
  random,
  spread,
} from "./policy/policies.js";
export { parsePolicy } from "./policy/description.js";
export type { Launched, Launcher, LaunchRequest, LaunchState } from "./launcher/launcher.js";
export {
  type ProcessLauncher,
  processLauncher,
  type ProcessLauncherOptions,
} from "./launcher/process/process-launcher.js";
export { slurmLauncher, type SlurmLauncherOptions } from "./launcher/slurm/slurm-launcher.js";
export { nomadLauncher, type NomadLauncherOptions } from "./launcher/nomad/nomad-launcher.js";
