import { type Logger, TroupeError } from "@troupe/core";

import type { Node } from "../node/node.js";
import type { Access } from "./access.js";
import { parseTcpAddress, tcpUrl } from "./address.js";
import { Door } from "./door.js";
import {
  type Farewell,
  type HostIntroduction,
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
  readonly events: ReceptionEvents;
}

/** What a {@link Reception} tells of its guests. */
export interface ReceptionEvents {
  /** A host can be reached. It is told that it has joined when this is done. */
  onHost(name: string, introduction: HostIntroduction): Promise<void>;
  /** It is to be let go: its actors stop or move, and its pools end. */
  onLeave(name: string): Promise<void>;
  /** It is not there any more, whether it was let go or not. */
  onGone(name: string, reason: string): void;
}

interface Guest {
  readonly tether: Tether;
  hasJoined: boolean;
}

/** Lets other machines into the cluster, gives them their names, and notices when they are gone. */
export class Reception {
  readonly #guests = new Map<string, Guest>();
  #door: Door | undefined;
  /** The host of this process is number 0. */
  #lastHost = 0;

  private constructor(private readonly options: ReceptionOptions) {
    const { node } = options;
    node.serve(joinOp, (introduction, from) => this.#join(introduction as HostIntroduction, from));
    node.serve(leaveOp, async (_, from) => {
      this.#guest(from);
      await options.events.onLeave(from);
    });
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

  #welcome({ machine }: Knock, tether: Tether): void {
    const { node, namespace, settings, access } = this.options;
    const { lease, network } = access;
    const name = `host-${++this.#lastHost}`;
    const head = node.transport.self;
    const isHere = head.process.host === machine;
    const listen = isHere ? { listen: network.listen } : {};
    const welcome: Welcome = { name, head, namespace, settings, lease, ...listen };
    this.#guests.set(name, { tether, hasJoined: false });
    tether.listen({
      onMessage: (farewell) => this.#gone(name, String((farewell as Partial<Farewell> | null)?.bye)),
      onBroken: (reason) => this.#gone(name, reason),
    });
    tether.tell(welcome);
    tether.hold(lease, "head");
  }

  async #join(introduction: HostIntroduction, from: string): Promise<void> {
    const guest = this.#guest(from);
    guest.hasJoined = true;
    await this.options.events.onHost(from, introduction);
  }

  #guest(name: string): Guest {
    const guest = this.#guests.get(name);
    if (guest) return guest;
    throw new TroupeError("ERR_CLOSED", `"${name}" is no host of this cluster any more.`);
  }

  #gone(name: string, reason: string): void {
    const guest = this.#guests.get(name);
    if (!this.#guests.delete(name)) return;
    guest!.tether.end(reason);
    if (guest!.hasJoined) this.options.events.onGone(name, reason);
  }
}
