import { type Handle } from "../remote/handle.js";
import { handleFrom } from "../remote/remote.js";
import { homelessError } from "../remote/caller.js";
import type { AnyRemote } from "../types.js";
import type { TunnelStats } from "./tunnel-lane.js";
import { checkTunnelName, defaultTunnel } from "./tunnel-name.js";
import type { Tunnels } from "./tunnels.js";

/**
 * A second reference to an actor, for calls that must not wait behind its others: they have a queue of their own, one
 * of them runs at a time, and it runs beside what runs in the actor's mailbox and in other tunnels, at each `await` of
 * these. Nor do they wait for the credit of their sender with what it has for other mailboxes: beyond the limit of the
 * actor's `mailbox` they are ERR_MAILBOX_FULL. A name is always the same tunnel, wherever it is asked for; all that
 * holds of references holds of this one.
 *
 * @param name 1 to 128 characters.
 * @throws ERR_CONFIG for what is no reference, or no name; ERR_ACTOR_DIED, ERR_ACTOR_NOT_FOUND; ERR_MAILBOX_FULL for
 *   more than 1,000 tunnels of one actor.
 */
export async function tunnel<R extends AnyRemote>(ref: R, name: string = defaultTunnel): Promise<R> {
  const handle = handleFrom(ref);
  return (await tunnelsOf(handle).open(handle, checkTunnelName(name))) as unknown as R;
}

/**
 * What went through the tunnels of an actor since they were opened, by name; of one, when the reference is a tunnel.
 *
 * @throws ERR_CONFIG for what is no reference; ERR_ACTOR_DIED, ERR_ACTOR_NOT_FOUND.
 */
export async function tunnelStats(ref: AnyRemote): Promise<ReadonlyMap<string, TunnelStats>> {
  const handle = handleFrom(ref);
  return tunnelsOf(handle).stats(handle);
}

function tunnelsOf({ runtime, record }: Handle): Tunnels {
  if (runtime) return runtime.tunnels;
  throw homelessError(record.path);
}
