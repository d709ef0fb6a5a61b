import { configuredClusterKey, defaultLogger, TroupeError } from "@troupe/core";

import { parseAddress } from "../address.js";
import type { RegistryServer, ServeRegistryOptions } from "../serve.js";
import { IpcPlace } from "./ipc-place.js";
import { type Claim, codeOf } from "./place.js";
import { EmbeddedServer } from "./server.js";
import { claimPort } from "./tcp-place.js";

/** Attempts to get a socket file that others try to get too, or have just left. */
const attempts = 10;

/** As `serveRegistry`. */
export async function serve({ listen, logger }: ServeRegistryOptions): Promise<RegistryServer> {
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
