import { once } from "node:events";
import type { Socket } from "node:net";

import { type Logger, uniqueId } from "@troupe/core";

import type { Seat } from "../client/backend.js";
import { isDead } from "../client/membership.js";
import { KeyTable } from "../state/key-table.js";
import { SeatTable } from "../state/seat-table.js";
import { Sequence } from "../state/sequence.js";
import { frame } from "./frames.js";
import type { Claim } from "./place.js";
import type { RosterEntry } from "./protocol.js";
import { type ConnectionHost, ServerConnection } from "./server-connection.js";
import { Settling } from "./settling.js";

/** Most clients at a time. */
const maxConnections = 4_096;
/** Milliseconds that arrivals and departures are gathered for before all clients are told of them. */
const rosterDelay = 20;
/** Milliseconds after its start in which a server may still find out that there was one before it. */
const youth = 1_000;
/** Milliseconds between looks whether others still find this server where they look. */
const standDelay = 1_000;
/** Milliseconds until dead processes among the members without a connection are looked for, first and at most. */
const firstOrphanDelay = 2;
const longestOrphanDelay = 500;
/** Milliseconds that a closing server gives its last words to reach clients. */
const lastWords = 200;
/** Milliseconds between warnings of connections that were refused. */
const warnDelay = 1_000;

/** What a server has to do, counted. */
export interface ServerStats {
  readonly connections: number;
  readonly members: number;
  readonly keys: number;
  /** Connections that were ended because what they sent was not the registry's protocol. */
  readonly refused: number;
}

export interface EmbeddedServerOptions {
  readonly log: Logger;
  /** Whether another server was at this place before. */
  readonly follows: boolean;
  /** Told when it ended without `close()`: others do not find it any more. */
  readonly onDisplaced?: () => void;
}

/** A registry that is kept in this process and served to others from a {@link Claim}. */
export class EmbeddedServer implements ConnectionHost {
  readonly id = uniqueId();
  readonly seats: SeatTable;
  readonly keys: KeyTable;
  readonly #connections = new Set<ServerConnection>();
  readonly #startedAt = performance.now();
  readonly #gone = new Set<string>();
  readonly #log: Logger;
  readonly #standTimer: NodeJS.Timeout;
  #settling: Settling | undefined;
  #hasSettled = false;
  #rosterTimer: NodeJS.Timeout | undefined;
  #orphanTimer: NodeJS.Timeout | undefined;
  #orphanDelay = firstOrphanDelay;
  #refused = 0;
  #warnedAt = -Infinity;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly claim: Claim,
    private readonly options: EmbeddedServerOptions,
  ) {
    const sequence = new Sequence();
    this.seats = new SeatTable(sequence);
    this.keys = new KeyTable(sequence);
    this.#log = options.log;
    claim.server.maxConnections = maxConnections;
    claim.server.on("error", (error) => this.#log.error({ err: error }, "The registry's server failed."));
    this.#standTimer = setInterval(() => this.#checkStand(), standDelay).unref();
    if (options.follows) this.#settle();
    claim.accept((socket) => this.#accept(socket));
  }

  get settling(): boolean {
    return this.#settling !== undefined;
  }

  stats(): ServerStats {
    return {
      connections: this.#connections.size,
      members: this.seats.size,
      keys: this.keys.size,
      refused: this.#refused,
    };
  }

  /** A client of this process goes, and its goodbye may still be on the way. */
  departed(client: string): void {
    for (const connection of this.#connections) {
      if (connection.client?.[0] === client) connection.client = undefined;
    }
  }

  /** Ends all connections and frees the place; another process may serve there at once. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  greeted(_connection: ServerConnection, former: string | undefined, roster: readonly RosterEntry[]): void {
    const young = performance.now() - this.#startedAt < youth;
    if (former !== undefined && former !== this.id && young && !this.#hasSettled) this.#settle();
    this.#settling?.expect(roster);
  }

  announced(connection: ServerConnection): void {
    if (connection.client) this.#settling?.arrived(connection.client[0]);
    if (this.seats.orphans > 0) this.#lookForOrphans();
    this.#rosterChanged();
  }

  gone(group: string, name: string, incarnation: string): void {
    if (this.settling) this.#gone.add(JSON.stringify([group, name, incarnation]));
    this.seats.leave(group, name, incarnation);
  }

  remembered(group: string, seat: Seat): void {
    const { name, incarnation } = seat.member;
    const gone = this.#gone.has(JSON.stringify([group, name, incarnation]));
    if (!gone) this.seats.adopt(group, seat, undefined);
  }

  ended(connection: ServerConnection, fault: unknown): void {
    this.#connections.delete(connection);
    if (fault !== undefined) this.#warn(fault);
    if (this.#closing) return;
    this.seats.disconnect(connection);
    if (this.seats.orphans > 0) {
      clearTimeout(this.#orphanTimer);
      this.#orphanTimer = undefined;
      this.#orphanDelay = firstOrphanDelay;
      this.#lookForOrphans();
    }
    this.#rosterChanged();
  }

  #accept(socket: Socket): void {
    if (this.#closing) socket.destroy();
    else this.#connections.add(new ServerConnection(socket, this));
  }

  #settle(): void {
    if (this.#settling) return;
    this.#hasSettled = true;
    this.seats.clock.freeze();
    this.#settling = new Settling(() => {
      this.#settling = undefined;
      this.#gone.clear();
      this.seats.clock.thaw();
      this.seats.dropDead(isDead);
      for (const connection of this.#connections) connection.resume();
    });
  }

  /** A connection of a process that dies closes a little before the process is seen to be dead. */
  #lookForOrphans(): void {
    this.#orphanTimer ??= setTimeout(() => {
      this.#orphanTimer = undefined;
      this.seats.dropDead(isDead);
      this.#orphanDelay = Math.min(this.#orphanDelay * 2, longestOrphanDelay);
      if (this.seats.orphans > 0) this.#lookForOrphans();
    }, this.#orphanDelay).unref();
  }

  #rosterChanged(): void {
    this.#rosterTimer ??= setTimeout(() => this.#sendRoster(), rosterDelay).unref();
  }

  #sendRoster(): void {
    clearTimeout(this.#rosterTimer);
    this.#rosterTimer = undefined;
    const clients = [...this.#connections].flatMap(({ client }) => (client ? [client] : []));
    const bytes = frame(["roster", clients]);
    for (const connection of this.#connections) {
      if (connection.client) connection.sendFrame(bytes);
    }
  }

  #checkStand(): void {
    if (this.claim.stands()) return;
    this.#log.warn({ url: this.claim.url }, "The registry's socket was taken away; it is served anew.");
    void this.close();
    this.options.onDisplaced?.();
  }

  #warn(fault: unknown): void {
    this.#refused++;
    const now = performance.now();
    if (now - this.#warnedAt < warnDelay) return;
    this.#warnedAt = now;
    this.#log.warn(
      { url: this.claim.url, refused: this.#refused, err: fault },
      "A connection to the registry was ended: what it sent is not the registry's protocol.",
    );
  }

  async #close(): Promise<void> {
    clearInterval(this.#standTimer);
    clearTimeout(this.#orphanTimer);
    this.#settling?.stop();
    // The last roster lacks those who said goodbye, so that nobody waits for them at the next server.
    this.#sendRoster();
    clearTimeout(this.#rosterTimer);
    this.seats.stop();
    // Nothing is acknowledged from here on: only then may another one take the place.
    for (const connection of this.#connections) connection.end();
    const closed = once(this.claim.server, "close");
    this.claim.release();
    const late = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, lastWords);
    await closed;
    clearTimeout(late);
  }
}
