import { type Amounts, scale } from "../amounts.js";
import type { Need } from "../need.js";

/** Positions of devices in {@link Capacity.devices}. */
export type Devices = readonly number[];

export const noDevices: Devices = [];

/**
 * How much of everything there is: on a host, free on a host, free in a bundle of a placement group. As
 * {@link Amounts} it is a live view in the units of users.
 */
export class Capacity implements Amounts {
  constructor(
    /** In {@link scale} units, as everything here but the memory. */
    public cpuUnits: number,
    public memory: number,
    /** What there is of each device. */
    readonly devices: number[],
    readonly custom: Map<string, number>,
    /** The sum of `devices`. */
    public gpuUnits: number = devices.reduce((sum, units) => sum + units, 0),
  ) {}

  /** As much as was taken for `need`, with these of `count` devices. */
  static taken(need: Need, devices: Devices, count: number): Capacity {
    const capacity = new Capacity(0, 0, new Array<number>(count).fill(0), new Map(), 0);
    capacity.give(need, devices);
    return capacity;
  }

  get cpu(): number {
    return this.cpuUnits / scale;
  }

  get gpu(): number {
    return this.gpuUnits / scale;
  }

  get resources(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.custom].map(([name, units]) => [name, units / scale]));
  }

  /** As it is now. */
  toAmounts(): Amounts {
    const { cpu, memory, gpu, resources } = this;
    return { cpu, memory, gpu, resources };
  }

  /** Adds what another has; its devices as a sum, for their positions say nothing here. */
  add(other: Capacity): void {
    this.cpuUnits += other.cpuUnits;
    this.memory += other.memory;
    this.gpuUnits += other.gpuUnits;
    for (const [name, units] of other.custom) this.custom.set(name, (this.custom.get(name) ?? 0) + units);
  }

  clone(): Capacity {
    return new Capacity(this.cpuUnits, this.memory, [...this.devices], new Map(this.custom), this.gpuUnits);
  }

  /**
   * The devices to take for `need`, none when it asks for none; `undefined` when it does not fit.
   *
   * @param among Only these devices. Default: all.
   */
  fit(need: Need, among?: Devices): Devices | undefined {
    if (need.cpu > this.cpuUnits || need.memory > this.memory) return undefined;
    for (const [name, units] of need.resources) {
      if (units > (this.custom.get(name) ?? 0)) return undefined;
    }
    if (need.gpu === 0) return noDevices;
    if (need.gpu > this.gpuUnits) return undefined;
    return need.share > 0 ? this.#shared(need.share, among) : this.#whole(need.devices, among);
  }

  take(need: Need, devices: Devices): void {
    this.#change(need, devices, -1);
  }

  give(need: Need, devices: Devices): void {
    this.#change(need, devices, 1);
  }

  #change(need: Need, devices: Devices, sign: 1 | -1): void {
    this.cpuUnits += sign * need.cpu;
    this.memory += sign * need.memory;
    for (const [name, units] of need.resources) {
      this.custom.set(name, (this.custom.get(name) ?? 0) + sign * units);
    }
    if (need.gpu === 0) return;
    this.gpuUnits += sign * need.gpu;
    const each = need.share > 0 ? need.share : scale;
    for (const device of devices) this.devices[device] = (this.devices[device] ?? 0) + sign * each;
  }

  /** The device with the least left that is enough: whole ones stay whole for those who need them so. */
  #shared(share: number, among?: Devices): Devices | undefined {
    let best = -1;
    let least = Infinity;
    const count = among?.length ?? this.devices.length;
    for (let i = 0; i < count; i++) {
      const device = among?.[i] ?? i;
      const free = this.devices[device] ?? 0;
      if (free < share || free >= least) continue;
      best = device;
      least = free;
    }
    return best === -1 ? undefined : [best];
  }

  #whole(wanted: number, among?: Devices): Devices | undefined {
    const found: number[] = [];
    const count = among?.length ?? this.devices.length;
    for (let i = 0; i < count && found.length < wanted; i++) {
      const device = among?.[i] ?? i;
      if (this.devices[device] === scale) found.push(device);
    }
    return found.length === wanted ? found : undefined;
  }
}
