import { type ClusterKey, configuredClusterKey, TroupeError } from "@troupe/core";

/** What a command line says of the key. */
export interface KeyOptions {
  readonly keyFile?: string | undefined;
}

/** The cluster's key; `undefined` when there is none. @throws ERR_CONFIG for a key that is none, or a file that others can read */
export function findKey({ keyFile }: KeyOptions): ClusterKey | undefined {
  if (keyFile === undefined) return configuredClusterKey();
  // It goes before what the environment says.
  delete process.env["TROUPE_KEY"];
  process.env["TROUPE_KEY_FILE"] = keyFile;
  return configuredClusterKey();
}

/** As {@link findKey}. @throws ERR_CONFIG when there is none, saying how to get one */
export function needKey(options: KeyOptions): ClusterKey {
  const key = findKey(options);
  if (key) return key;
  throw new TroupeError(
    "ERR_CONFIG",
    "A cluster of several machines needs a key. Make one with `troupe keygen cluster.key`, copy it to each of them, and give --key-file cluster.key, or set TROUPE_KEY_FILE.",
  );
}
