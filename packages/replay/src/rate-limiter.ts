import { checkKnown, TroupeError } from "@troupe/core";

/** When rows may be written and sampled; plain data, made by the functions of their names. */
export type RateLimiter =
  | { readonly kind: "minSize"; readonly size: number }
  | { readonly kind: "queue"; readonly size: number }
  | {
      readonly kind: "sampleToInsertRatio";
      readonly ratio: number;
      readonly minSize: number;
      readonly error: number | readonly [least: number, most: number];
    };

/** What all rate limiters come to, as in Reverb: bounds of inserts × `ratio` - samples. */
export interface RateLimits {
  readonly ratio: number;
  /** Rows that must be there before one is sampled; up to as many are written whatever the bounds. */
  readonly minSize: number;
  readonly minDiff: number;
  readonly maxDiff: number;
}

/** Rows are sampled once there are so many, and written at any time. */
export function minSize(size: number): RateLimiter {
  checkCount("minSize", size);
  return { kind: "minSize", size };
}

/** No more than `size` rows wait to be sampled, each for once. With `fifo()` and `maxTimesSampled: 1` a queue. */
export function queue(size: number): RateLimiter {
  checkCount("queue", size);
  return { kind: "queue", size };
}

/**
 * Keeps (inserts - `minSize`) × `ratio` - samples within ± `error`: sampling waits below it, writing above it. An
 * `error` of two numbers bounds inserts × `ratio` - samples itself. As Reverb's limiter of that name.
 *
 * @param options `ratio`: samples for each row that is written.
 * @throws ERR_CONFIG when the error is below max(1, ratio), which could stop both sides for ever; and for what is no
 *   option.
 */
export function sampleToInsertRatio(options: {
  readonly ratio: number;
  readonly minSize: number;
  readonly error: number | readonly [least: number, most: number];
}): RateLimiter {
  checkKnown("sampleToInsertRatio()", options, ["ratio", "minSize", "error"]);
  const limiter = { kind: "sampleToInsertRatio", ...options } as const;
  limitsOf(limiter);
  return limiter;
}

/** @throws ERR_CONFIG for limits that no program could keep to. */
export function limitsOf(limiter: RateLimiter): RateLimits {
  if (limiter.kind === "minSize") {
    checkCount("minSize", limiter.size);
    return { ratio: 1, minSize: limiter.size, minDiff: -Number.MAX_VALUE, maxDiff: Number.MAX_VALUE };
  }
  if (limiter.kind === "queue") {
    checkCount("queue", limiter.size);
    return { ratio: 1, minSize: 1, minDiff: 0, maxDiff: limiter.size };
  }
  const { ratio, minSize, error } = limiter;
  checkCount("minSize", minSize);
  if (!(ratio > 0 && ratio < Infinity)) throw wrong(`ratio is a number above 0, not ${ratio}`);
  const offset = ratio * minSize;
  const [minDiff, maxDiff] = typeof error === "number" ? [offset - error, offset + error] : error;
  const least = Math.max(1, ratio);
  if (!(maxDiff - minDiff >= 2 * least))
    throw wrong(
      `an error of less than ${least}, or two bounds less than ${2 * least} apart, could stop both writing and sampling for ever; ` +
        `it is ${JSON.stringify(error)}`,
    );
  if (minDiff > offset)
    throw wrong(`with a least bound of ${minDiff}, above minSize × ratio, nothing would ever be sampled`);
  return { ratio, minSize, minDiff, maxDiff };
}

/** Whether inserts and samples have to be counted for it: with `minSize` alone they need not. */
export function countsFor({ minDiff, maxDiff }: RateLimits): boolean {
  return minDiff > -Number.MAX_VALUE || maxDiff < Number.MAX_VALUE;
}

function checkCount(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) > 0) return;
  throw wrong(`${name} is a whole number above 0, not ${String(value)}`);
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `Rate limiter: ${problem}.`);
}
