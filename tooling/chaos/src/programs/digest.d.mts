/** A value of the graph. */
export interface Value {
  readonly digest: number;
  /** The pid of the process that made it. */
  readonly by: number;
  readonly data?: Uint32Array;
}

export function mix(...numbers: number[]): number;
export function valueOf(digest: number, length?: number): Value;
export function seen(value: Value): number;
export function seenOf(digest: number, length?: number): number;
