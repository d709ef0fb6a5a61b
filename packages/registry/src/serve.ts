import { configuredClusterKey, defaultLogger, type Logger, TroupeError } from "@troupe/core";

import { parseAddress } from "./address.js";
import { IpcPlace } from "./embedded/ipc-place.js";
import { type Claim, codeOf } from "./embedded/place.js";
import { EmbeddedServer, type ServerStats } from "./embedded/server.js";
import { claimPort } from "./embedded/tcp-place.js";

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

/** Attempts to get a socket file that others try to get too, or have just left. */
const attempts = 10;

/**
 * Serves a registry from this process, for others to open: one process that does nothing else answers
 * evenly, while the first of several workers may be busy.
 *
 * A `tcp://` registry for other hosts needs the cluster's key (`TROUPE_KEY`): connections are encrypted, and
 * only those who have the key get one. Without a key it is served on the loopback interface only.
 *
 * @throws ERR_REGISTRY when somebody serves there, or the address cannot be had; ERR_CONFIG.
 */
export async function serveRegistry({ listen, logger }: ServeRegistryOptions): Promise<RegistryServer> {
  const claim = await claimAt(listen);
  const log = logger ?? defaultLogger();
  const server = new EmbeddedServer(claim, { log, follows: claim.follows });
  claim.server.ref();
  const close = () => server.close();
  return { url: claim.url, stats: () => server.stats(), close, [Symbol.asyncDispose]: close };
}

async function claimAt(listen: string): Promise<Claim> {
  const address = parseAddress(listen);
  if (address.scheme === "memory" || address.scheme === "redis") {
    throw new TroupeError(
      "ERR_REGISTRY",
      `${listen} cannot be served; listen on ipc://<path> or tcp://<host>:<port>.`,
      {
        retryable: false,
      },
    );
  }
  try {
    if (address.scheme === "tcp") return await claimPort(address.host, address.port, configuredClusterKey());
    const place = new IpcPlace(address.path);
    for (let attempt = 0; attempt < attempts; attempt++) {
      const serving = await place.dial(new AbortController().signal);
      serving?.destroy();
      if (serving) break;
      const claim = await place.claim();
      if (claim) return claim;
    }
  } catch (error) {
    if (error instanceof TroupeError) throw error;
    if (codeOf(error) !== "EADDRINUSE") throw unusable(listen, error);
  }
  throw new TroupeError(
    "ERR_REGISTRY",
    `Somebody serves at ${listen} already; open it with openRegistry(), or listen elsewhere.`,
    { details: { listen } },
  );
}

function unusable(listen: string, cause: unknown): TroupeError {
  return new TroupeError("ERR_REGISTRY", `Nobody can serve at ${listen}: ${(cause as Error).message}.`, {
    cause,
    details: { listen },
  });
}
