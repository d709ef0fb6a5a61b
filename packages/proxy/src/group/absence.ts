import { TroupeError } from "@troupe/core";

import type { Settings } from "../options.js";
import type { Directory } from "./directory.js";

/** Names listed in an error at most. */
const listed = 10;

/** The error for a wait that ended because the peer left. */
export function departed(peer: string, group: string): TroupeError {
  return new TroupeError("ERR_PEER_LEFT", `"${peer}" has left the group "${group}".`, {
    details: { peer, group },
  });
}

/** The error for a message to a peer that is not there: that left, or that never was. */
export function absent(peer: string, { group, cache }: Settings, directory: Directory): TroupeError {
  const details = { peer, group };
  if (!directory.hasLeft(peer) && !directory.get(peer)) {
    const message = `There is no "${peer}" in the group "${group}"; the peers are ${list(directory.names("*"))}.`;
    return new TroupeError("ERR_PEERS_MISSING", message, { details });
  }
  const hint =
    cache > 0 ? ` and its cache of ${cache} messages is full` : "; set `cache` to keep messages for it";
  return new TroupeError("ERR_PEER_LEFT", `"${peer}" has left the group "${group}"${hint}.`, { details });
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names
    .slice(0, listed)
    .map((name) => `"${name}"`)
    .join(", ");
  return names.length > listed ? `${shown} and ${names.length - listed} more` : shown;
}
