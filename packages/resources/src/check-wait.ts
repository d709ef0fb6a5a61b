import { cancelledError, timeoutProblem, type WaitOptions } from "@troupe/core";

/** Before something is done that cannot be taken back by giving up the wait for it. @throws ERR_CONFIG, ERR_CANCELLED */
export function checkWait(what: string, { signal, timeout }: WaitOptions): void {
  const problem = timeoutProblem(timeout);
  if (problem) throw problem;
  if (signal?.aborted) throw cancelledError(what, signal);
}
