import {
  configuredClusterKey,
  defaultLogger,
  type Logger,
  processIdentity,
  protocolVersion,
  sweepRuntimeDirectory,
  TroupeError,
  uniqueId,
} from "@troupe/core";
import {
  defaultRegistryUrl,
  type Member,
  type Membership,
  openRegistry,
  type Registry,
} from "@troupe/registry";

import { joinUnderName } from "./group/naming.js";
import { Endpoint, type RemoteOptions } from "./inbound/endpoint.js";
import { listenAddress } from "./inbound/listen-address.js";
import type { JoinOptions, Settings } from "./options.js";
import { CurveIdentity } from "./security/curve.js";

/** What a member has once it is in its group: a place in the registry, and an endpoint where it is reached. */
export interface Standing {
  readonly settings: Settings;
  readonly registry: Registry;
  /** Whether the registry was opened for this member, and closes with it. */
  readonly ownsRegistry: boolean;
  readonly membership: Membership;
  readonly endpoint: Endpoint;
  /** Its keys towards other hosts; absent when it cannot be reached from there. */
  readonly identity: CurveIdentity | undefined;
  readonly log: Logger;
}

/**
 * Takes a member's place in its group.
 *
 * @throws As `Proxy.join`; then nothing is left behind.
 */
export async function enter(settings: Settings, options: JoinOptions): Promise<Standing> {
  const { signal, log = defaultLogger() } = options;
  const given = typeof settings.registry === "object" ? settings.registry : undefined;
  const url = typeof settings.registry === "string" ? settings.registry : defaultRegistryUrl();
  const registry = given ?? (await openRegistry(url, { timeout: settings.joinTimeout, signal }));
  const ownsRegistry = given === undefined;
  let endpoint: Endpoint | undefined;
  try {
    sweepRuntimeDirectory();
    const remote = await remoteOptions(settings, registry.url);
    const identity = remote?.identity;
    endpoint = await Endpoint.open({ limits: settings.limits, log, remote });
    const describe = describer(settings, endpoint, identity);
    const membership = await joinUnderName(registry, settings, describe, { signal });
    return { settings, registry, ownsRegistry, membership, endpoint, identity, log };
  } catch (error) {
    endpoint?.close();
    if (ownsRegistry) await registry.close();
    throw error;
  }
}

/** How this member is listed in the registry under a name. */
function describer(
  settings: Settings,
  { url, remoteUrl }: Endpoint,
  identity: CurveIdentity | undefined,
): (name: string) => Member {
  const { component, limits } = settings;
  const incarnation = uniqueId();
  const meta = {
    protocol: [protocolVersion],
    window: limits.inbound,
    message: limits.message,
    ring: 1,
    ...(identity && { tcp: remoteUrl, curve: identity.published }),
  };
  return (name) => ({ name, component, endpoint: url, incarnation, process: processIdentity(), meta });
}

/** How members on other hosts are to reach this one. @throws ERR_CONFIG for a `listen` without a key */
async function remoteOptions(
  { key, listen }: Settings,
  registryUrl: string,
): Promise<RemoteOptions | undefined> {
  const clusterKey = configuredClusterKey(key);
  if (clusterKey) {
    const address = await listenAddress(listen, registryUrl);
    return address === undefined ? undefined : { address, identity: new CurveIdentity(clusterKey) };
  }
  if (listen === undefined) return undefined;
  throw new TroupeError(
    "ERR_CONFIG",
    "Listening for other hosts needs a cluster key: set TROUPE_KEY or the option `key`, the same on every host.",
  );
}
