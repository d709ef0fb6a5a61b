import { cancelledError, TroupeError, type WaitOptions } from "@troupe/core";

import { checkKey } from "./key.js";

/** @throws ERR_CONFIG for a wrong key, ERR_CANCELLED for a signal that has aborted. */
export function checkCall(key: string, options: WaitOptions | undefined): void {
  checkKey(key);
  if (options !== undefined) checkWait(options);
}

/** @throws ERR_CANCELLED for a signal that has aborted. */
export function checkWait(options: WaitOptions | undefined): void {
  if (options?.signal?.aborted) throw cancelledError("The call to storage", options.signal);
}

/** The time to live that is asked for. @throws ERR_CONFIG for one that is none. */
export function checkTtl(options: { readonly ttl?: number | undefined } | undefined): number | undefined {
  const ttl = options?.ttl;
  if (ttl === undefined || (typeof ttl === "number" && ttl > 0 && ttl <= Number.MAX_SAFE_INTEGER)) return ttl;
  throw new TroupeError(
    "ERR_CONFIG",
    `A ttl must be a positive number of milliseconds, not ${String(ttl)}; leave it out for none.`,
  );
}

/** @throws ERR_CONFIG for anything but a finite number. */
export function checkNumber(name: string, value: number): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  throw new TroupeError("ERR_CONFIG", `"${name}" must be a finite number, not ${String(value)}.`);
}
