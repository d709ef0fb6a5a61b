import { isSameHost, TroupeError } from "@troupe/core";
import type { Member } from "@troupe/registry";
import type { Push, SocketOptions } from "zeromq";

import type { CurveIdentity } from "../security/curve.js";

/** How a member is reached from here. */
export interface Route {
  readonly endpoint: string;
  readonly options: SocketOptions<Push>;
}

/**
 * The cheapest route to a member: ipc on the same host, else tcp with CURVE.
 *
 * @throws ERR_UNAUTHORIZED when it is on another host and one of the two has no key of the cluster, or claims
 *   to be on this one with an endpoint that is not.
 */
export function routeTo(member: Member, identity: CurveIdentity | undefined): Route {
  if (isSameHost(member.process)) return { endpoint: localEndpoint(member), options: {} };
  const endpoint = member.meta?.["tcp"];
  if (identity && typeof endpoint === "string") return { endpoint, options: identity.towards(member) };
  throw new TroupeError(
    "ERR_UNAUTHORIZED",
    `"${member.name}" is on another host, ${member.process.host}, and ${identity ? "does not listen there" : "this process has no cluster key"}. Set TROUPE_KEY to the same key on every host.`,
    { details: { peer: member.name, host: member.process.host } },
  );
}

/** A member's endpoint on this host. Whatever it says of itself, nothing leaves the machine unencrypted. */
function localEndpoint({ name, endpoint }: Member): string {
  if (endpoint.startsWith("ipc://")) return endpoint;
  throw new TroupeError(
    "ERR_UNAUTHORIZED",
    `"${name}" claims to be on this host, but gives ${endpoint} as its endpoint there, which is not ipc.`,
    { details: { peer: name, endpoint } },
  );
}
