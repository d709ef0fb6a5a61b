import {
  joinHost as join,
  type JoinedHost,
  type JoinHostOptions as ClusterJoinOptions,
  type Node,
} from "@troupe/cluster";
import { objects, type ObjectsOptions } from "@troupe/objects";

import { poolProgram } from "./system.js";

/** Options of {@link joinHost}: those of the cluster's, whose program is that of this package by default. */
export interface JoinHostOptions extends Omit<ClusterJoinOptions, "program" | "onNode"> {
  readonly program?: URL | undefined;
  /** The store of this machine's objects, and what it takes of other hosts. */
  readonly objects?: ObjectsOptions | undefined;
}

/**
 * Makes this machine a host of a cluster: actors live in its pools, and this process has the store of their objects. The
 * process does nothing else.
 *
 * @throws ERR_UNAUTHORIZED for another key; ERR_PROTOCOL for a head of another version; ERR_PEERS_MISSING when nobody is
 *   there; ERR_TIMEOUT, ERR_CONFIG. Nothing is left then.
 */
export function joinHost({
  program = poolProgram,
  objects: store,
  ...options
}: JoinHostOptions): Promise<JoinedHost> {
  if (store) objects.configure(store);
  const onNode = (node: Node) => {
    objects.join(node, node.agent);
    return () => objects.leave(node);
  };
  return join({ ...options, program, onNode });
}
