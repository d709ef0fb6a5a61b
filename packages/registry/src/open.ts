import {
  configuredClusterKey,
  defaultLogger,
  type Logger,
  TroupeError,
  type WaitOptions,
} from "@troupe/core";

import { defaultRegistryUrl, parseAddress, type RegistryAddress } from "./address.js";
import type { Backend } from "./client/backend.js";
import { RegistryClient } from "./client/registry-client.js";
import type { Registry } from "./registry.js";

/** How to open a registry. `timeout` (default 10 000 ms) and `signal` are for the opening alone. */
export interface OpenRegistryOptions extends WaitOptions {
  /** Where to log what goes on behind the calls. Default: core's logger. */
  readonly logger?: Logger | undefined;
}

/**
 * Opens a registry, and connects to it.
 *
 * | URL | is |
 * |---|---|
 * | `memory:` or `memory:<name>` | of this process, shared by all who open the same name |
 * | `ipc://` or `ipc://<path>` | of this machine: the first who opens it serves it to the others, and when it ends another one does |
 * | `tcp://<host>:<port>` | the same at a port; a process of that host has to open or serve it. Encrypted with the cluster's key (`TROUPE_KEY`), which only the loopback interface can do without |
 * | `redis://…`, `rediss://…` | of many machines, in Redis or Valkey; needs the package `ioredis` |
 *
 * @param url Default: {@link defaultRegistryUrl}.
 * @throws ERR_REGISTRY when it cannot be reached within `timeout`, or the scheme is unknown; ERR_CONFIG when
 *   the URL is none or `ioredis` is not installed; ERR_UNAUTHORIZED when Redis refuses the credentials, or the server has another cluster key;
 *   ERR_PROTOCOL when a server of another version is there; ERR_CANCELLED.
 */
export async function openRegistry(
  url: string = defaultRegistryUrl(),
  options: OpenRegistryOptions = {},
): Promise<Registry> {
  const log = options.logger ?? defaultLogger();
  let client: RegistryClient | undefined = undefined;
  const backend = await backendFor(parseAddress(url), url, log, () => client?.reconnected());
  client = new RegistryClient(backend, log);
  try {
    await client.opened(options);
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Loads the driver of the scheme, and none of the others. */
async function backendFor(
  address: RegistryAddress,
  url: string,
  log: Logger,
  onReconnected: () => void,
): Promise<Backend> {
  switch (address.scheme) {
    case "memory": {
      const { MemoryBackend } = await import("./memory/memory-backend.js");
      return new MemoryBackend(url, address.name);
    }
    case "ipc": {
      const { EmbeddedBackend } = await import("./embedded/embedded-backend.js");
      const { IpcPlace } = await import("./embedded/ipc-place.js");
      return new EmbeddedBackend(new IpcPlace(address.path), log, onReconnected);
    }
    case "tcp": {
      const { host, port } = address;
      if (port === 0) {
        throw new TroupeError(
          "ERR_CONFIG",
          `${url} names no port to find others at; only serveRegistry() takes 0.`,
        );
      }
      const { EmbeddedBackend } = await import("./embedded/embedded-backend.js");
      const { TcpPlace } = await import("./embedded/tcp-place.js");
      return new EmbeddedBackend(new TcpPlace(host, port, configuredClusterKey()), log, onReconnected);
    }
    case "redis": {
      const { RedisBackend } = await import("./redis/redis-backend.js");
      return RedisBackend.create(address.url, log, onReconnected);
    }
  }
}
