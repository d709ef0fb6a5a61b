import { deferred, isTroupeError } from "@troupe/core";

import { Backoff } from "../agent/backoff.js";
import { HostSession } from "./host-session.js";
import { type HostTerms, hostTerms, type JoinHostOptions } from "./host-terms.js";

/**
 * Makes this machine a host of a cluster: its pools are the cluster's, until this process closes, the cluster does, or
 * the two lose each other. Then the pools end, and this process joins again as a new host.
 *
 * @throws ERR_UNAUTHORIZED for another key; ERR_PROTOCOL for a head of another version; ERR_PEERS_MISSING when nobody is
 *   there; ERR_TIMEOUT, ERR_CONFIG. Nothing is left then.
 */
export async function joinHost(options: JoinHostOptions): Promise<JoinedHost> {
  const terms = await hostTerms(options);
  return new JoinedHost(terms, await HostSession.open(terms));
}

/** A machine that is part of a cluster. It keeps its process alive. */
export class JoinedHost implements AsyncDisposable {
  #session: HostSession | undefined;
  readonly #ended = deferred<void>();
  #closed: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  readonly #backoff = new Backoff();

  constructor(
    private readonly terms: HostTerms,
    session: HostSession,
  ) {
    this.#session = session;
    void this.#stay(session);
  }

  /** Its name in the cluster; `undefined` while it has lost it. */
  get name(): string | undefined {
    return this.#session?.name;
  }

  /** Settles when it is no host any more, and nothing of it is left. Never rejects. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Ends its pools in order, and leaves. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#wake?.();
    await this.#session?.leave();
    await this.ended;
  }

  async #stay(first: HostSession): Promise<void> {
    const { log, rejoin = true } = this.terms;
    let session: HostSession | undefined = first;
    while (session) {
      const began = performance.now();
      const end = await session.ended;
      this.#session = undefined;
      if (end.isFinal || this.#closed) break;
      log.warn({ host: session.name }, `this host has lost its cluster: ${end.reason}`);
      if (!rejoin) break;
      session = this.#session = await this.#joinAgain(performance.now() - began);
      // It was told to end while it joined.
      if (this.#closed) await session?.leave();
    }
    this.#ended.resolve();
  }

  /** Tries until it succeeds, or is not to any more. */
  async #joinAgain(lasted: number): Promise<HostSession | undefined> {
    const { log } = this.terms;
    for (let delay = this.#backoff.after(lasted); !this.#closed; delay = this.#backoff.after(0)) {
      await this.#pause(delay);
      if (this.#closed) return undefined;
      try {
        const session = await HostSession.open(this.terms);
        log.info({ host: session.name }, `joined again as ${session.name}`);
        return session;
      } catch (error) {
        log.debug({ err: error }, "could not join again yet");
        if (!isTroupeError(error, "ERR_PROTOCOL") && !isTroupeError(error, "ERR_UNAUTHORIZED")) continue;
        log.error({ err: error }, "this host cannot join its cluster any more");
        return undefined;
      }
    }
    return undefined;
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
