import type { Socket } from "node:net";

import { deferred, isTroupeError, type Logger, processIdentity, TroupeError, uniqueId } from "@troupe/core";

import { frame, FrameReader, maxAnswerBytes } from "./frames.js";
import { isHopeless, type Place } from "./place.js";
import {
  type Announcement,
  type GroupNews,
  type Notice,
  type Operation,
  type Operations,
  registryProtocol,
  type RosterEntry,
  type ServerFrame,
} from "./protocol.js";
import { type Answer, Requests } from "./requests.js";
import { EmbeddedServer } from "./server.js";

/** Milliseconds between attempts to reach a server: at first and at most. */
const firstPause = 2;
const longestPause = 250;
/** Milliseconds without a word from a server of another machine until it is asked, and until it is given up. */
const pingAfter = 3_000;
const silentAfter = 10_000;

/** Milliseconds that a connection has to be up for the next attempt to begin without a pause. */
const lasting = 1_000;
/** Milliseconds that a goodbye may take. */
const lastWords = 200;

/** What the link tells the driver that it is of. */
export interface LinkEvents {
  /** What to tell a server before anything else. */
  announcements(): Iterable<Announcement>;
  /** Groups that are watched. */
  watched(): Iterable<string>;
  /** The link is up (again). */
  up(): void;
  /** The server told something that was not asked for. */
  told(news: GroupNews): void;
}

/**
 * The connection of a client to whoever serves at its place. Lost, it is made anew; where nobody serves,
 * this process comes to serve itself. Requests wait, and those that were under way are sent again.
 *
 * Nothing of it keeps the process alive.
 */
export class Link {
  readonly #client = uniqueId();
  readonly #requests = new Requests();
  readonly #opened = deferred<void>();
  #socket: Socket | undefined;
  #up = false;
  #server: EmbeddedServer | undefined;
  /** Id of the server that was last here, and who else was with it. */
  #former: string | undefined;
  #roster: readonly RosterEntry[] = [];
  #trouble: string | undefined;
  readonly #life = new AbortController();
  #retired = false;
  #wake: (() => void) | undefined;
  readonly #running: Promise<void>;

  constructor(
    private readonly place: Place,
    private readonly log: Logger,
    private readonly events: LinkEvents,
  ) {
    this.#opened.promise.catch(() => {});
    this.#running = this.#run();
  }

  /** Settles when the link is up for the first time, or cannot come up at all. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get up(): boolean {
    return this.#up;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** @throws What the signal says; what the server answered. */
  request<O extends Operation>(
    operation: O,
    args: Parameters<Operations[O]>,
    signal: AbortSignal,
  ): Promise<Answer<O>> {
    return this.#requests.make(this.#up ? this.#socket : undefined, operation, args, signal);
  }

  /** Tells the server, if there is one now. */
  notify(notice: Notice): void {
    if (this.#up) this.#socket?.write(frame(notice));
  }

  /** Makes no new connection any more; when the present one ends, so do the requests that wait for it. */
  retire(): void {
    this.#retired = true;
    if (!this.#up) this.#requests.abandon();
  }

  /** Says goodbye, and stops serving if this process did. */
  async close(): Promise<void> {
    this.#life.abort(new Error("the registry was closed"));
    this.notify(["bye"]);
    this.#up = false;
    const socket = this.#socket;
    socket?.destroySoon();
    // A server that stands still takes no goodbye.
    const late = setTimeout(() => socket?.destroy(), lastWords);
    this.#wake?.();
    await this.#running;
    clearTimeout(late);
    this.#server?.departed(this.#client);
    await this.#server?.close();
  }

  async #run(): Promise<void> {
    for (let attempt = 0; !this.#ending; attempt++) {
      try {
        const socket = await this.#reach();
        if (this.#ending) socket?.destroy();
        else if (socket && (await this.#use(socket))) attempt = -1;
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error);
        this.log.debug({ url: this.place.url, err: error }, "The registry could not be reached.");
        if (isHopeless(error) || isTroupeError(error)) {
          this.#opened.reject(isTroupeError(error) ? error : unusable(this.place, error));
        }
      }
      await this.#pause(attempt);
    }
  }

  /** Connects to the server, which may have to be made first; `undefined` when it is to be tried again. */
  async #reach(): Promise<Socket | undefined> {
    const socket = await this.place.dial(this.#life.signal);
    if (socket) return socket;
    this.#trouble = `nobody serves at ${this.place.where}`;
    if (this.#ending) return undefined;
    const claim = await this.place.claim();
    if (!claim) return undefined;
    if (this.#ending) {
      claim.release();
      return undefined;
    }
    // Those who were with a former server will come, and know things that this one has to hear first.
    const follows = claim.follows || this.#former !== undefined;
    const server = new EmbeddedServer(claim, {
      log: this.log,
      follows,
      onDisplaced: () => {
        if (this.#server === server) this.#server = undefined;
      },
    });
    this.#server = server;
    this.log.debug({ url: this.place.url, follows }, "This process serves the registry now.");
    return this.place.dial(this.#life.signal);
  }

  get #ending(): boolean {
    return this.#retired || this.#life.signal.aborted;
  }

  /** Runs one connection to its end; says whether it was up for a while. */
  #use(socket: Socket): Promise<boolean> {
    const ended = deferred<boolean>();
    const reader = new FrameReader(maxAnswerBytes);
    let upAt = Infinity;
    let heardAt = performance.now();
    const ping = setInterval(() => {
      const silent = performance.now() - heardAt;
      if (silent > silentAfter) socket.destroy(new Error("the server fell silent"));
      else if (silent > pingAfter) this.notify(["ping"]);
    }, pingAfter).unref();
    // A server of this machine needs no asking: the kernel closes its connections when it dies.
    if (!this.place.url.startsWith("tcp:")) clearInterval(ping);

    socket.unref();
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      heardAt = performance.now();
      try {
        for (const value of reader.push(chunk)) {
          const received = value as ServerFrame;
          if (this.#life.signal.aborted) return;
          if (received[0] === "welcome") {
            upAt = performance.now();
            this.#welcome(socket, received[1]);
          } else {
            this.#receive(received);
          }
        }
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on("drain", () => {
      if (this.#up) this.#requests.sendAll(socket);
    });
    socket.on("error", (error) => {
      this.#trouble = `the connection to ${this.place.where} failed: ${error.message}`;
      if (isTroupeError(error)) {
        this.log.warn({ url: this.place.url, err: error }, "The registry's server was not understood.");
        this.#opened.reject(error);
      }
    });
    socket.once("close", () => {
      clearInterval(ping);
      if (this.#socket === socket) {
        this.#socket = undefined;
        this.#up = false;
        if (this.#retired) this.#requests.abandon();
      }
      ended.resolve(performance.now() - upAt >= lasting);
    });
    this.#socket = socket;
    this.#trouble = `${this.place.where} accepted a connection and did not answer`;
    const hello = [registryProtocol, this.#client, processIdentity(), this.#former, this.#roster] as const;
    socket.write(frame(["hello", ...hello]));
    return ended.promise;
  }

  #welcome(socket: Socket, server: string): void {
    this.#former = server;
    this.#trouble = undefined;
    for (const announcement of this.events.announcements()) socket.write(frame(announcement));
    for (const group of this.events.watched()) socket.write(frame(["watch", group]));
    this.#up = true;
    this.#requests.sendAll(socket);
    this.#opened.resolve();
    this.events.up();
  }

  #receive(received: ServerFrame): void {
    switch (received[0]) {
      case "welcome":
      case "pong":
        return;
      case "refused":
        throw refusal(this.place, received[1]);
      case "roster":
        this.#roster = received[1];
        return;
      case "view":
      case "change":
        this.events.told(received);
        return;
    }
    this.#requests.answered(received);
  }

  /** Waits before the next attempt: longer each time, and never in step with others. */
  #pause(attempt: number): Promise<void> | undefined {
    if (this.#ending || attempt < 0) return undefined;
    const length = Math.min(firstPause * 2 ** Math.min(attempt, 10), longestPause) * (0.5 + Math.random());
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, length).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function refusal(place: Place, reason: string): TroupeError {
  return new TroupeError(
    "ERR_PROTOCOL",
    `The registry at ${place.url} refused this process: ${reason}. Run one version of Troupe on both sides.`,
  );
}

function unusable(place: Place, cause: unknown): TroupeError {
  return new TroupeError(
    "ERR_REGISTRY",
    `The registry cannot be at ${place.url}: ${(cause as Error).message}. Choose a place that this user may use.`,
    { cause, details: { url: place.url }, retryable: false },
  );
}
