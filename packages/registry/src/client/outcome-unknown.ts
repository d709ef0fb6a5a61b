import { TroupeError } from "@troupe/core";

/** The error for a compare-and-set of which nobody can tell any more whether it happened. */
export function outcomeUnknown(url: string, key: string): TroupeError {
  return new TroupeError(
    "ERR_REGISTRY",
    `The connection to the registry broke during a cas of "${key}", and the key has another version now; ` +
      `whether the cas took effect before cannot be told. Read the key and decide anew.`,
    { details: { key, url } },
  );
}
