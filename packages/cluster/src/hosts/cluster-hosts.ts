import type { Logger } from "@troupe/core";

import type { Brain } from "../brain/brain.js";
import type { ProcessEntry } from "../brain/process-table.js";
import type { EventListeners, HostInfo } from "../cluster-events.js";
import type { Death } from "../node/brain-port.js";
import { goneOp } from "../node/news.js";
import type { Node } from "../node/node.js";
import { tellOthers } from "../node/tell.js";
import type { OutputLine } from "../output/output-sink.js";
import { agentLinesOp, type AgentNews, agentNewsOp } from "./agent-messages.js";
import type { ClusterPools } from "./cluster-pools.js";
import type { HostIntroduction } from "./greeting.js";
import type { GuestKeeper } from "./reception.js";
import { RemoteHost } from "./remote-host.js";

/** What {@link ClusterHosts} need of the cluster. */
export interface HostsSurroundings {
  readonly brain: Brain;
  readonly pools: ClusterPools;
  readonly listeners: EventListeners;
  readonly log: Logger;
  readonly node: Node;
}

/** A machine as it introduced itself. */
export type Machine = Omit<HostInfo, "pools">;

/** The machines that joined a cluster. Each has its agent, in a process of its own. */
export class ClusterHosts implements GuestKeeper {
  readonly #machines = new Map<string, Machine>();
  readonly #agents = new Map<string, RemoteHost>();
  /** Those that are going in order. */
  readonly #leaving = new Set<string>();

  constructor(private readonly surroundings: HostsSurroundings) {
    const { node } = surroundings;
    node.serve(agentNewsOp, (news, from) => this.#agents.get(from)?.hear(news as AgentNews));
    node.serve(agentLinesOp, (lines, from) => this.#agents.get(from)?.read(lines as readonly OutputLine[]));
  }

  list(): HostInfo[] {
    return Array.from(this.#machines.values(), (machine) => hostInfo(machine, this.surroundings.brain));
  }

  async onJoin(name: string, introduction: HostIntroduction): Promise<void> {
    const { node, brain, pools, listeners, log } = this.surroundings;
    const { member, machine, hostname, cores, memory } = introduction;
    node.introduce(member);
    brain.processes.up(brain.processes.add({ name, kind: "host", host: name }), member);
    const agent = new RemoteHost(node, name, pools);
    this.#machines.set(name, { name, hostname, cores, memory });
    this.#agents.set(name, agent);
    pools.addHost(name, agent);
    await brain.placer.addHost(name, machine);
    for (const options of introduction.pools) await brain.placer.addPool(await pools.add(name, options));
    log.info({ host: name, hostname }, `${name} (${hostname}, ${cores} cores) joined`);
    listeners.emit("host-joined", hostInfo(this.#machines.get(name)!, brain));
  }

  async onLeave(name: string): Promise<void> {
    this.#leaving.add(name);
    await this.surroundings.pools.removeHost(name);
  }

  onGone(name: string, reason: string): void {
    const { pools, node, brain, listeners, log } = this.surroundings;
    const machine = this.#machines.get(name)!;
    const info = hostInfo(machine, brain);
    const { hostname } = machine;
    if (this.#leaving.delete(name)) log.info({ host: name, hostname }, `${name} (${hostname}) left`);
    else log.warn({ host: name, hostname, reason }, `${name} (${hostname}) is lost: ${reason}`);
    pools.loseHost(name, `was lost with its host ${name} (${hostname}): ${reason}`);
    this.#machines.delete(name);
    this.#agents.delete(name);
    const entry = brain.processes.get(name)!;
    const death = deathOfAgent(entry, reason);
    brain.lost(entry, death);
    brain.processes.remove(entry);
    node.gone(death);
    tellOthers(node, brain.processes, goneOp, death, name);
    listeners.emit("host-left", info);
  }
}

function deathOfAgent({ name, pid }: ProcessEntry, reason: string): Death {
  return {
    process: name,
    pid: pid!,
    exitCode: null,
    signal: null,
    stderr: [],
    reason: `was lost: ${reason}`,
  };
}

/** A machine with its pools. */
export function hostInfo(machine: Machine, { processes }: Brain): HostInfo {
  const pools = processes.pools.filter(({ host }) => host === machine.name);
  return { ...machine, pools: pools.map(({ name }) => name) };
}
