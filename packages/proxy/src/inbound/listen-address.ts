import { once } from "node:events";
import { networkInterfaces } from "node:os";

import { isLoopback, TroupeError } from "@troupe/core";

/**
 * Where to listen for members on other hosts: what was asked for, else the address by which this machine
 * reaches a registry on another. `undefined` when nobody on another host can be in the group.
 */
export async function listenAddress(
  asked: string | undefined,
  registryUrl: string,
): Promise<string | undefined> {
  if (asked !== undefined) return asked;
  if (!/^(tcp|rediss?):/.test(registryUrl)) return undefined;
  const { hostname } = new URL(registryUrl.replace(/^tcp:/, "http:"));
  return isLoopback(hostname) ? undefined : `tcp://${await addressTowards(hostname)}:*`;
}

/** The endpoint to tell others: a wildcard address becomes one that they can reach. */
export function advertised(endpoint: string): string {
  return endpoint.replace(/^tcp:\/\/(0\.0\.0\.0|\[::\])/, () => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const reachable = addresses.find(({ internal, family }) => !internal && family === "IPv4");
    if (reachable) return `tcp://${reachable.address}`;
    throw new TroupeError(
      "ERR_CONFIG",
      "This machine has no address that others could reach; name one in `listen`.",
    );
  });
}

/** The local address that the system uses towards a host. Connecting a datagram socket sends nothing. */
async function addressTowards(host: string): Promise<string> {
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  try {
    socket.connect(9, host);
    await once(socket, "connect");
    return socket.address().address;
  } finally {
    socket.close();
  }
}
