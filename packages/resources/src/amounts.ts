import { inspect } from "node:util";

/**
 * Cores, devices and custom resources are counted in ten-thousandths, as integers: what is given back is exactly
 * what was taken, whatever binary fractions make of 0.1.
 */
export const scale = 10_000;

const smallest = 1 / scale;
const largest = Math.floor(Number.MAX_SAFE_INTEGER / scale);

/** How much there is of each kind. */
export interface Amounts {
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Devices. */
  readonly gpu: number;
  /** By name, in whatever they are counted in. */
  readonly resources: Readonly<Record<string, number>>;
}

/** What is wrong with an amount of cores or of a custom resource, in words that follow the field's name. */
export function amountProblem(value: unknown): string | undefined {
  if (typeof value !== "number" || !(value >= 0) || value > largest)
    return `must be a number from 0 to ${largest}; it is ${inspect(value)}`;
  if (value > 0 && value < smallest) return `must be 0 or at least ${smallest}; it is ${inspect(value)}`;
  return undefined;
}

/** What is wrong with a number of GPUs that one holder asks for. */
export function gpuProblem(value: unknown): string | undefined {
  const problem = amountProblem(value);
  if (problem !== undefined) return problem;
  const gpu = value as number;
  if (gpu < 1 || Number.isInteger(gpu)) return undefined;
  return `must be a share of one device (below 1) or a whole number of devices; it is ${inspect(value)}`;
}

/** An amount in {@link scale} units. */
export function toUnits(amount: number): number {
  return Math.round(amount * scale);
}
