/** A GPU of a machine. */
export interface GpuDevice {
  /** As the driver counts them, from 0. */
  readonly index: number;
  /** `GPU-…`: what names the device in `CUDA_VISIBLE_DEVICES` whatever order devices are counted in. */
  readonly uuid?: string | undefined;
  readonly name?: string | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
}

/** A device, or a share of one, that somebody has. */
export interface AllocatedGpu {
  readonly index: number;
  /** 1: the whole device. */
  readonly share: number;
  readonly uuid?: string | undefined;
}

/** Where something is. */
export interface Place {
  /** The id of the host. */
  readonly host: string;
  /** The id of the pool; absent on a host that was given without pools. */
  readonly pool?: string | undefined;
}

/** What a request was given. Plain data; give it, or a copy of it, to `release()`. */
export interface Allocation extends Place {
  readonly id: string;
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly gpus: readonly AllocatedGpu[];
  readonly resources: Readonly<Record<string, number>>;
  readonly label?: string | undefined;
  /** Who holds it. */
  readonly owner?: string | undefined;
  /** The placement group that it was taken from, and which of its bundles. */
  readonly group?: string | undefined;
  readonly bundle?: number | undefined;
}
