import { type Ending, provideEnding, TroupeError } from "@troupe/core";

import { shared } from "../shared.js";

/** Has what waits in methods and tasks end with the call, and with the cluster. */
export function provideEndings(): void {
  provideEnding(() => {
    const call = shared.running.getStore();
    if (call) {
      const { node } = call.cell.runtime;
      return () => call.cancelled ?? (node.isClosing ? closing() : undefined);
    }
    const signal = shared.otherContext?.()?.signal;
    return signal && endingOf(signal);
  });
}

function endingOf(signal: AbortSignal): Ending {
  return () => (signal.aborted ? (signal.reason as Error) : undefined);
}

function closing(): TroupeError {
  return new TroupeError("ERR_CLOSED", `The cluster is being closed.`);
}
