import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

import { TroupeError } from "@troupe/core";

/** Tries to find a port that is free. */
const portAttempts = 20;

/**
 * A port that nobody has now, from below the range of outgoing connections: a client that knocks on the
 * port while the server is down could otherwise be given it as its own, and take it away.
 */
export async function freePort(): Promise<number> {
  const lowest = 10_000;
  const span = firstOutgoingPort() - lowest;
  for (let attempt = 0; attempt < portAttempts; attempt++) {
    const port = lowest + Math.floor(Math.random() * span);
    const probe = createServer().listen(port, "127.0.0.1");
    try {
      await once(probe, "listening");
    } catch {
      continue;
    }
    probe.close();
    await once(probe, "close");
    return port;
  }
  throw new TroupeError(
    "ERR_CONFIG",
    `No free port between ${lowest} and ${lowest + span} in ${portAttempts} tries.`,
  );
}

function firstOutgoingPort(): number {
  try {
    const first = Number.parseInt(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8"), 10);
    return first > 11_000 ? first : 32_768;
  } catch {
    return 32_768;
  }
}
