import { inspect } from "node:util";

import { TroupeError } from "../errors/troupe-error.js";
import { onAbort } from "./on-abort.js";

/** Options of every call that waits. */
export interface WaitOptions {
  /** Ends the wait with ERR_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the wait ends with ERR_TIMEOUT. `Infinity` or absent: no limit. */
  readonly timeout?: number | undefined;
}

/** What is left of a wait of several steps. */
interface Remainder extends WaitOptions {
  /** Milliseconds that the whole of it may take: what the error says. */
  readonly whole?: number | undefined;
}

/** The longest delay a Node timer takes, 2³¹ − 1 ms; a longer one would fire at once. */
export const maxDelay = 2_147_483_647;

/** The error for a wait that the caller's signal ended. */
export function cancelledError(what: string, signal?: AbortSignal): TroupeError {
  return new TroupeError("ERR_CANCELLED", `${what} was cancelled by its signal.`, {
    ...(signal?.reason === undefined ? {} : { cause: signal.reason as unknown }),
  });
}

/** The error for a wait that ended with what waited. */
export function endedError(what: string, cause: Error): TroupeError {
  const why = cause.message.replace(/\.$/, "");
  return new TroupeError("ERR_CANCELLED", `${what} was given up: ${why}.`, { cause });
}

/** The error for a wait that took longer than `timeout` ms. */
export function timeoutError(
  what: string,
  timeout: number,
  details: Record<string, unknown> = {},
): TroupeError {
  return new TroupeError("ERR_TIMEOUT", `${what} took longer than ${timeout} ms.`, {
    details: { timeout, ...details },
  });
}

/** The error for a `timeout` that is no length of time: `NaN`, say, would be no limit at all. */
export function timeoutProblem(timeout: unknown): TroupeError | undefined {
  if (timeout === undefined || (typeof timeout === "number" && timeout >= 0)) return undefined;
  return new TroupeError(
    "ERR_CONFIG",
    `timeout must be a number of milliseconds from 0, or Infinity; it is ${inspect(timeout)}.`,
    { details: { timeout: inspect(timeout) } },
  );
}

/**
 * Runs `onEnd` with an error when the signal aborts or the time is over, whichever comes first.
 *
 * @param what Names the wait in the error: `request to "worker-0"`.
 * @param onEnd Called at once for a signal that has aborted already, and with ERR_CONFIG for a timeout that is none.
 * @returns Disarms both; call it when the wait ended otherwise.
 */
export function armDeadline(
  what: string,
  options: WaitOptions,
  onEnd: (error: TroupeError) => void,
): () => void {
  const { signal, timeout, whole = timeout } = options as Remainder;
  const problem = timeoutProblem(timeout);
  if (problem) {
    onEnd(problem);
    return noop;
  }
  if (signal === undefined && (timeout === undefined || timeout > maxDelay)) return noop;
  if (signal?.aborted) {
    onEnd(cancelledError(what, signal));
    return noop;
  }
  let timer: NodeJS.Timeout | undefined;
  let forget = noop;
  const disarm = () => {
    clearTimeout(timer);
    forget();
  };
  if (signal) {
    forget = onAbort(signal, () => {
      disarm();
      onEnd(cancelledError(what, signal));
    });
  }
  if (timeout !== undefined && timeout <= maxDelay) {
    timer = setTimeout(() => {
      disarm();
      onEnd(timeoutError(what, whole ?? timeout));
    }, timeout);
  }
  return disarm;
}

/**
 * What is left of the time that the options give whenever it is called: for a wait of several steps. The error of each
 * names the time that was given for all.
 *
 * @throws ERR_CONFIG for a timeout that is none
 */
export function timeLeft(options: WaitOptions): () => WaitOptions {
  const { signal, timeout = Infinity, whole = timeout } = options as Remainder;
  const problem = timeoutProblem(timeout);
  if (problem) throw problem;
  const end = performance.now() + timeout;
  return (): Remainder => ({ signal, timeout: Math.max(0, Math.ceil(end - performance.now())), whole });
}

/**
 * Settles as `promise` does, unless the signal aborts or the time is over before.
 *
 * @throws ERR_CANCELLED, ERR_TIMEOUT
 */
export async function withDeadline<T>(what: string, promise: Promise<T>, options: WaitOptions): Promise<T> {
  let disarm = noop;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        disarm = armDeadline(what, options, reject);
      }),
    ]);
  } finally {
    disarm();
  }
}

function noop(): void {}
