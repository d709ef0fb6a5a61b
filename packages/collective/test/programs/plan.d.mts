import type { CollectiveGroup, NumberArray } from "../../src/index.js";

export interface Step {
  readonly kind: string;
  readonly type: string;
  readonly root: number;
  readonly op: string;
  readonly algorithm: string;
  readonly unit: number;
  readonly inputs: readonly NumberArray[];
  readonly shared: number;
  readonly isMixed: boolean;
  readonly place: string;
}
export const types: readonly string[];
export const kinds: readonly string[];
export function random(seed: number): () => number;
export function arrayOf(type: string, length: number, next: () => number): NumberArray;
export function stepOf(next: () => number, size: number, longest: number): Step;
export function doStep(group: CollectiveGroup, step: Step): Promise<NumberArray | undefined>;
export function expected(step: Step, rank: number): NumberArray | undefined;
export function difference(
  result: NumberArray | undefined,
  wanted: NumberArray | undefined,
): string | undefined;
export function describeStep(step: Step): string;
