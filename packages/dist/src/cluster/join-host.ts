import { joinHost as join, type JoinHostOptions as ActorHostOptions } from "@troupe/actors";
import type { JoinedHost } from "@troupe/cluster";
import { poolProgram } from "@troupe/tasks";

/** Options of {@link joinHost}. */
export type JoinHostOptions = Omit<ActorHostOptions, "program">;

/**
 * Makes this machine a host of a cluster that listens (`init({ listen })`): actors live and tasks run in its pools, which
 * import modules by the same paths as the program does. The process does nothing else; `close()` lets it leave in order.
 *
 * ```ts
 * const host = await joinHost({ address: "tcp://10.0.0.5:7700" }); // with the same TROUPE_KEY
 * process.once("SIGTERM", () => void host.close());
 * await host.ended;
 * ```
 *
 * @throws ERR_UNAUTHORIZED for another key; ERR_PROTOCOL for a head of another version; ERR_PEERS_MISSING when nobody is
 *   there; ERR_TIMEOUT, ERR_CONFIG. Nothing is left then.
 */
export function joinHost(options: JoinHostOptions): Promise<JoinedHost> {
  return join({ ...options, program: poolProgram });
}
