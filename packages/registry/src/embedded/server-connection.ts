import type { Socket } from "node:net";

import { isTroupeError } from "@troupe/core";

import type { Seat } from "../client/backend.js";
import type { KeyTable } from "../state/key-table.js";
import type { SeatChange, SeatTable } from "../state/seat-table.js";
import { clientFrame } from "./checks.js";
import { frame, FrameReader, maxRequestBytes } from "./frames.js";
import {
  type Announcement,
  type ClientFrame,
  type Hello,
  type Notice,
  registryProtocol,
  type Request,
  type RosterEntry,
  type ServerFrame,
} from "./protocol.js";

/** Milliseconds in which a connection has to say who it is. */
const helloTimeout = 5_000;
/** Bytes that wait to be sent to a client before its views are no longer kept up, but sent anew later. */
const maxBacklog = 1024 * 1024;
/** Milliseconds that a client has to end its side of a connection that has been ended here. */
const endTime = 1_000;

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly id: string;
  readonly seats: SeatTable;
  readonly keys: KeyTable;
  /** Whether requests have to wait. */
  readonly settling: boolean;
  /** A client came. May start the settling. */
  greeted(connection: ServerConnection, former: string | undefined, roster: readonly RosterEntry[]): void;
  /** A client told all that it knows. */
  announced(connection: ServerConnection): void;
  /** A member left, maybe while the former server was gone; nobody may bring it back from memory. */
  gone(group: string, name: string, incarnation: string): void;
  /** Others remember a member, who may not have come itself. Only while the server settles. */
  remembered(group: string, seat: Seat): void;
  /** The connection ended; `fault` when what it sent made no sense. */
  ended(connection: ServerConnection, fault: unknown): void;
}

/** One client of a server: its requests one after the other, its watches, and the seats that it renews. */
export class ServerConnection {
  /** Who it is, once it said so and until it said goodbye. */
  client: RosterEntry | undefined;
  readonly #reader = new FrameReader(maxRequestBytes);
  readonly #watches = new Map<string, () => void>();
  /** Groups whose view the client has to be sent anew, for it was slow. */
  readonly #stale = new Set<string>();
  /** Frames that came while the server settles. */
  readonly #waiting: ClientFrame[] = [];
  #changes = new Map<string, SeatChange[]>();
  #flushing = false;
  #announced = false;
  #ended = false;
  /** Id of the server that the client was with before. */
  #former: string | undefined;
  #fault: unknown;

  constructor(
    private readonly socket: Socket,
    private readonly host: ConnectionHost,
  ) {
    socket.unref();
    socket.setNoDelay(true);
    const timer = setTimeout(() => {
      if (!this.client) socket.destroy();
    }, helloTimeout).unref();
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("drain", () => this.#drained());
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      clearTimeout(timer);
      for (const stop of this.#watches.values()) stop();
      this.#watches.clear();
      host.ended(this, this.#fault);
    });
  }

  send(value: ServerFrame): void {
    this.sendFrame(frame(value));
  }

  /** Sends a frame that is made already, as one that goes to many. */
  sendFrame(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Handles what waited for the settling to end. */
  resume(): void {
    try {
      for (const waiting of this.#waiting.splice(0)) this.#handle(waiting);
    } catch (error) {
      this.#refuse(error);
    }
    this.#listen();
  }

  /**
   * Ends the connection once what was sent is on its way. What the client still writes is read and dropped:
   * a socket closed under it would take along what it has not read yet.
   */
  end(): void {
    this.#ended = true;
    this.client = undefined;
    this.socket.resume();
    this.socket.end();
    setTimeout(() => this.socket.destroy(), endTime).unref();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#ended = true;
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      for (const value of this.#reader.push(chunk)) {
        if (this.#ended) return;
        const received = clientFrame(value);
        if (this.#announced && this.host.settling) this.#waiting.push(received);
        else this.#handle(received);
      }
    } catch (error) {
      this.#refuse(error);
    }
    if (!this.#ended) this.#listen();
  }

  /** Reads on, unless the server settles or the client does not take its answers. */
  #listen(): void {
    const hold = (this.#announced && this.host.settling) || this.socket.writableNeedDrain;
    if (hold) this.socket.pause();
    else this.socket.resume();
  }

  #refuse(error: unknown): void {
    this.#fault ??= error;
    this.destroy();
  }

  #handle(received: ClientFrame): void {
    if (!this.client) {
      if (received[0] !== "hello") throw new Error("the first frame is no hello");
      this.#greet(received);
    } else if (typeof received[0] === "number") {
      if (!this.#announced) throw new Error("a request came before the announcements ended");
      this.#answer(received);
    } else {
      this.#note(received as Announcement | Notice);
    }
  }

  #greet([, protocol, client, process, former, roster]: Hello): void {
    if (protocol !== registryProtocol) {
      const reason = `this server speaks version ${registryProtocol} of the registry's protocol, the client ${protocol}`;
      this.send(["refused", reason]);
      this.end();
      return;
    }
    this.client = [client, process];
    this.#former = former;
    this.send(["welcome", this.host.id]);
    this.host.greeted(this, former, roster);
  }

  #note(received: Announcement | Notice): void {
    const { seats, keys } = this.host;
    switch (received[0]) {
      case "seat": {
        const [, group, member, ttl, order, own] = received;
        const seat = { member, ttl, order };
        if (own) seats.adopt(group, seat, this);
        else if (this.host.settling) this.host.remembered(group, seat);
        break;
      }
      case "gone":
        this.host.gone(received[1], received[2], received[3]);
        break;
      case "key":
        // To the server that it was with before, a client has nothing to tell of keys.
        if (this.#former !== this.host.id) {
          keys.adopt(received[1], received[2], { id: received[3], bytes: received[4] });
        }
        break;
      case "announced":
        this.#announced = true;
        this.host.announced(this);
        break;
      case "watch":
        this.#watch(received[1]);
        break;
      case "unwatch":
        this.#watches.get(received[1])?.();
        this.#watches.delete(received[1]);
        this.#stale.delete(received[1]);
        this.#changes.delete(received[1]);
        break;
      case "ping":
        this.send(["pong"]);
        break;
      case "bye":
        this.end();
    }
  }

  #answer(request: Request): void {
    const id = request[0];
    try {
      this.send([id, this.#perform(request)]);
    } catch (error) {
      if (!isTroupeError(error)) throw error;
      this.send([id, undefined, [error.code, error.message]]);
    }
  }

  #perform(request: Request): unknown {
    const { seats, keys } = this.host;
    switch (request[1]) {
      case "join":
        return seats.join(request[2], request[3], request[4], request[5], this);
      case "renew":
        return seats.renew(request[2], request[3], request[4], request[5], this);
      case "leave":
        return seats.leave(request[2], request[3], request[4]);
      case "seats":
        return seats.seats(request[2]);
      case "get":
        return keys.get(request[2]);
      case "set":
        return keys.set(request[2], { bytes: request[3], id: request[4] });
      case "cas":
        return keys.cas(request[2], request[3], { bytes: request[4], id: request[5] });
    }
  }

  #watch(group: string): void {
    if (!this.#watches.has(group)) {
      const stop = this.host.seats.subscribe(group, (change) => this.#changed(group, change));
      this.#watches.set(group, stop);
    }
    this.#sendView(group);
  }

  #changed(group: string, change: SeatChange): void {
    if (this.#stale.has(group)) return;
    const changes = this.#changes.get(group);
    if (changes) changes.push(change);
    else this.#changes.set(group, [change]);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  /** Sends what changed in this turn of the event loop, or notes that there is more than the client reads. */
  #flush(): void {
    this.#flushing = false;
    const all = this.#changes;
    this.#changes = new Map();
    for (const [group, changes] of all) {
      if (this.socket.writableLength > maxBacklog) this.#stale.add(group);
      else this.#sendChanges(group, changes);
    }
  }

  #sendChanges(group: string, changes: readonly SeatChange[]): void {
    this.send([
      "change",
      group,
      changes.map((change) =>
        "joined" in change
          ? (["joined", change.joined] as const)
          : (["left", change.left.name, change.left.incarnation] as const),
      ),
    ]);
  }

  #drained(): void {
    for (const group of [...this.#stale]) this.#sendView(group);
    if (!this.#ended) this.#listen();
  }

  #sendView(group: string): void {
    this.#stale.delete(group);
    this.#changes.delete(group);
    try {
      this.send(["view", group, this.host.seats.seats(group)]);
    } catch (error) {
      // A group whose members together are beyond the limit of a frame.
      this.#refuse(error);
    }
  }
}
