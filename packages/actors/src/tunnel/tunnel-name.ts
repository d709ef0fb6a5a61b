import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

/** Characters of a tunnel's name. */
const maxLength = 128;

/** The tunnel of those who name none. */
export const defaultTunnel = "tunnel";

/** Whether it may name a tunnel. */
export function isTunnelName(name: unknown): name is string {
  return typeof name === "string" && name !== "" && name.length <= maxLength;
}

/** A tunnel of an actor, as messages name it. */
export type TunnelAddress = readonly [actor: number, tunnel: string];

export function isTunnelAddress(address: unknown): address is TunnelAddress {
  return Array.isArray(address) && isTunnelName(address[1]);
}

/** @throws ERR_CONFIG */
export function checkTunnelName(name: unknown): string {
  if (isTunnelName(name)) return name;
  const given = typeof name === "string" ? `one of ${name.length}` : inspect(name, { depth: 0 });
  throw new TroupeError("ERR_CONFIG", `A tunnel's name has 1 to ${maxLength} characters; this is ${given}.`);
}
