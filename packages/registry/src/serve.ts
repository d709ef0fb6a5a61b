import type { Logger } from "@troupe/core";

import type { ServerStats } from "./embedded/server.js";

/** What to serve. */
export interface ServeRegistryOptions {
  /** `ipc://<path>`, or `tcp://<host>:<port>`; port 0 takes a free one. Nobody may serve there. */
  readonly listen: string;
  /** Default: core's logger. */
  readonly logger?: Logger | undefined;
}

/** A registry that this process serves. It keeps the process alive until it is closed. */
export interface RegistryServer extends AsyncDisposable {
  /** Where {@link openRegistry} finds it. */
  readonly url: string;
  /** What it holds now, and what it refused so far. */
  stats(): ServerStats;
  /** Ends all connections and frees the place. What its clients know, the next server there learns from them. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves a registry from this process, for others to open: one process that does nothing else answers
 * evenly, while the first of several workers may be busy.
 *
 * A `tcp://` registry for other hosts needs the cluster's key (`TROUPE_KEY`): connections are encrypted, and
 * only those who have the key get one. Without a key it is served on the loopback interface only.
 *
 * @throws ERR_REGISTRY when somebody serves there, or the address cannot be had; ERR_CONFIG.
 */
export async function serveRegistry(options: ServeRegistryOptions): Promise<RegistryServer> {
  // Loaded by those who serve: most who import this package are clients, or not even that.
  const { serve } = await import("./embedded/serve.js");
  return serve(options);
}
