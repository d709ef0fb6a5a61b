import { type Logger, TroupeError } from "@troupe/core";

import type { Node } from "../node/node.js";
import type { Access } from "./access.js";
import { parseTcpAddress, tcpUrl } from "./address.js";
import { Door } from "./door.js";
import {
  type Farewell,
  type GuestKind,
  type Introduction,
  joinOp,
  type Knock,
  leaveOp,
  type Welcome,
} from "./greeting.js";
import type { Tether } from "./tether.js";

/** How a {@link Reception} is set up. */
export interface ReceptionOptions {
  readonly node: Node;
  /** Where guests come, with which key, and how long they may be silent. */
  readonly access: Access;
  readonly namespace: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: Logger;
  /** Those who look after guests, by their kinds. */
  readonly keepers: Readonly<Record<GuestKind, GuestKeeper>>;
}

/** Looks after the guests of a kind. */
export interface GuestKeeper {
  /**
   * A guest can be reached. It is told that it has joined when this is done.
   *
   * @param host Where it is.
   */
  onJoin(name: string, introduction: Introduction, host: string): void | Promise<void>;
  /** It is to be let go: its actors stop or move, and its pools end. */
  onLeave(name: string): Promise<void>;
  /** It is not there any more, whether it was let go or not. */
  onGone(name: string, reason: string): void;
}

interface Entry {
  readonly tether: Tether;
  readonly keeper: GuestKeeper;
  readonly kind: GuestKind;
  readonly machine: string;
  readonly host: string;
  hasJoined: boolean;
}

/** Lets hosts and drivers into the cluster, gives them their names, and notices when they are gone. */
export class Reception {
  readonly #guests = new Map<string, Entry>();
  #door: Door | undefined;
  /** Number of the last of each kind. The machine of this process is host 0, and it is the first driver. */
  readonly #last: Record<GuestKind, number> = { host: 0, driver: 0 };

  private constructor(private readonly options: ReceptionOptions) {
    const { node } = options;
    node.serve(joinOp, (introduction, from) => this.#join(introduction as Introduction, from));
    node.serve(leaveOp, (_, from) => this.#guest(from).keeper.onLeave(from));
  }

  /** @throws ERR_CONFIG when the address cannot be had. */
  static async open(options: ReceptionOptions): Promise<Reception> {
    const { log, access } = options;
    const reception = new Reception(options);
    const knocked = (knock: Knock, tether: Tether) => reception.#welcome(knock, tether);
    reception.#door = await Door.open(parseTcpAddress(access.listen), access.key, log, knocked);
    return reception;
  }

  /** Where others join. */
  get address(): string {
    const { tcp } = this.options.node.transport.self.meta as { readonly tcp: string };
    return tcpUrl({ host: parseTcpAddress(tcp).host, port: this.#door!.port });
  }

  close(): void {
    for (const { tether } of this.#guests.values()) tether.end("the cluster was closed");
    this.#guests.clear();
    this.#door?.close();
  }

  #welcome({ kind, machine }: Knock, tether: Tether): void {
    const { node, namespace, settings, access, keepers } = this.options;
    const { lease, network } = access;
    const name = `${kind}-${++this.#last[kind]}`;
    const head = node.transport.self;
    const isHere = head.process.host === machine;
    const near = kind === "driver" ? this.#agentOn(machine) : undefined;
    const place = near ?? { host: name, agent: name };
    const listen = isHere ? { listen: network.listen } : {};
    const welcome: Welcome = { name, ...place, head, namespace, settings, lease, ...listen };
    this.#guests.set(name, {
      tether,
      keeper: keepers[kind],
      kind,
      machine,
      host: place.host,
      hasJoined: false,
    });
    tether.listen({
      onMessage: (farewell) => this.#gone(name, String((farewell as Partial<Farewell> | null)?.bye)),
      onBroken: (reason) => this.#gone(name, reason),
    });
    tether.tell(welcome);
    tether.hold(lease, "head");
  }

  /** The agent of a machine, if it has one. */
  #agentOn(machine: string): Pick<Welcome, "host" | "agent"> | undefined {
    const { node } = this.options;
    if (node.transport.self.process.host === machine) return { host: node.host, agent: node.name };
    for (const [name, guest] of this.#guests)
      if (guest.kind === "host" && guest.machine === machine && guest.hasJoined)
        return { host: name, agent: name };
    return undefined;
  }

  async #join(introduction: Introduction, from: string): Promise<void> {
    const guest = this.#guest(from);
    guest.hasJoined = true;
    await guest.keeper.onJoin(from, introduction, guest.host);
  }

  #guest(name: string): Entry {
    const guest = this.#guests.get(name);
    if (guest) return guest;
    throw new TroupeError("ERR_CLOSED", `"${name}" is not in this cluster any more.`);
  }

  #gone(name: string, reason: string): void {
    const guest = this.#guests.get(name);
    if (!this.#guests.delete(name)) return;
    guest!.tether.end(reason);
    if (guest!.hasJoined) guest!.keeper.onGone(name, reason);
  }
}
