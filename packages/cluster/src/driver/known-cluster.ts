import type { HostInfo, PoolInfo } from "../cluster-events.js";
import type { ClusterNews } from "./driver-messages.js";

/** What a driver knows of the machines and pools of a cluster from what the head told. */
export class KnownCluster {
  readonly #hosts = new Map<string, HostInfo>();
  readonly #pools = new Map<string, PoolInfo>();

  hear(news: ClusterNews): void {
    switch (news[0]) {
      case "all":
        for (const host of news[1].hosts) this.#hosts.set(host.name, host);
        for (const pool of news[1].pools) this.#pools.set(pool.id, pool);
        return;
      case "host-joined":
        return void this.#hosts.set(news[1].name, news[1]);
      case "host-left":
        return void this.#hosts.delete(news[1].name);
      case "pool-changed":
      case "pool-recovered":
        if (news[1].state === "leaving") this.#pools.delete(news[1].id);
        else this.#pools.set(news[1].id, news[1]);
        return;
      default:
    }
  }

  hosts(): HostInfo[] {
    const pools = this.pools();
    return Array.from(this.#hosts.values(), (host) => ({
      ...host,
      pools: pools.filter((pool) => pool.host === host.name).map(({ id }) => id),
    }));
  }

  pools(): PoolInfo[] {
    return [...this.#pools.values()];
  }
}
