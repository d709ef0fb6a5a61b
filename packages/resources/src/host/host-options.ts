import type { GpuDevice } from "../allocation.js";

/** A process of a host in which actors are placed. What changes is read when it is needed: getters are fine. */
export interface PoolPlace {
  readonly id: string;
  /** Its number among the pools of its host. */
  readonly index: number;
  readonly label?: string | undefined;
  /** Indexes of the devices that it sees. Absent: it takes those of its first GPU allocation. */
  readonly gpus?: readonly number[] | undefined;
  /** Actors there now. */
  readonly load: number;
}

/** A machine, and what of it may be given away. An `Inventory` with an id is one. */
export interface HostOptions {
  readonly id: string;
  readonly address?: string | undefined;
  /** Cores; fractions are kept. */
  readonly cpu: number;
  /** Bytes, or a text such as `8GiB`. */
  readonly memory: number | string;
  /** Devices, or how many there are. Default: none. */
  readonly gpus?: number | readonly GpuDevice[] | undefined;
  /** Custom resources by name. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  readonly labels?: readonly string[] | undefined;
  /** With pools every allocation is in one of them, without (absent, not empty) in none. */
  readonly pools?: readonly PoolPlace[] | undefined;
}
