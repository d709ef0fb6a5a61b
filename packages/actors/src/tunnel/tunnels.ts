import type { Handle } from "../remote/handle.js";
import { markUnsent } from "../remote/pursuit.js";
import { asError } from "../runtime/as-error.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import type { TunnelStats } from "./tunnel-lane.js";
import { tooManyTunnels } from "./tunnel-lanes.js";
import { checkTunnelName } from "./tunnel-name.js";

const openOp = "open-tunnel";
const statsOp = "tunnel-stats";

interface TunnelRequest {
  readonly id: number;
  /** Of all tunnels, when it is absent. */
  readonly name?: string;
}

/** Tunnels to the actors of this process, and this process's way to those of others. */
export class Tunnels {
  constructor(private readonly runtime: ActorRuntime) {
    runtime.node.serve(openOp, (request) => this.#open(request as TunnelRequest));
    runtime.node.serve(statsOp, (request) => this.#stats(request as TunnelRequest));
  }

  /** Opens a tunnel, which may be open already. @throws ERR_ACTOR_DIED, ERR_MAILBOX_FULL */
  async open(handle: Handle, name: string): Promise<object> {
    await this.#ask(handle, openOp, name);
    const { record, isCallable, methods } = handle;
    return this.runtime.references.toTunnel(record, name, isCallable, methods);
  }

  /** @throws ERR_ACTOR_DIED */
  async stats(handle: Handle): Promise<ReadonlyMap<string, TunnelStats>> {
    return (await this.#ask(handle, statsOp, handle.tunnel)) as Map<string, TunnelStats>;
  }

  /** Asks where the actor lives, and again where it is made again meanwhile. */
  #ask(handle: Handle, op: string, name: string | undefined): Promise<unknown> {
    const { pursuit } = handle;
    const request: TunnelRequest = { id: handle.record.id, ...(name === undefined ? {} : { name }) };
    const ask = () => this.runtime.node.request(handle.record.pool, op, request);
    if (!pursuit) return ask();
    const again = (error: unknown) => Promise.reject(markUnsent(asError(error)));
    return pursuit.send(() => ask().catch(again), { deadline: Infinity, signal: undefined });
  }

  async #open({ id, name }: TunnelRequest): Promise<void> {
    const cell = this.runtime.cell(id);
    if (!cell) throw await this.runtime.endOf({ id });
    if (!cell.tunnel(checkTunnelName(name))) throw tooManyTunnels(cell.record);
  }

  async #stats({ id, name }: TunnelRequest): Promise<Map<string, TunnelStats>> {
    const cell = this.runtime.cell(id);
    if (!cell) throw await this.runtime.endOf({ id });
    const stats = new Map<string, TunnelStats>();
    for (const [own, tunnel] of cell.tunnels)
      if (name === undefined || name === own) stats.set(own, tunnel.stats);
    return stats;
  }
}
