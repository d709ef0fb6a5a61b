import { TroupeError, uniqueId, type WaitOptions } from "@troupe/core";

import type { HostStore } from "../store/host-store.js";
import { Chunks } from "./chunks.js";
import { fetchChunks, type Flow } from "./fetch-chunks.js";
import { Filling } from "./filling.js";
import { replyOf } from "./messages.js";
import { SharedTask } from "./shared-task.js";
import { readerOf, type Wire } from "./wire.js";

/** Where an object can be had: a host, and what it is called there. */
export interface Source {
  readonly host: string;
  /** Its key in the host's store, or the id of the copy that the host is being sent. */
  readonly object: number | string;
}

/** Memory of an object that is being received. */
export interface Incoming {
  readonly key: number;
  readonly filling: Filling;
}

/** An object that was received. */
export interface Pulled {
  /** Its key here. */
  readonly key: number;
  /** The process that owns it, if its source knows. */
  readonly owner: string | undefined;
}

interface Opened {
  readonly host: string;
  readonly transfer: string;
  readonly byteLength: number;
  readonly owner?: string | undefined;
}

/** Brings objects of other hosts into this host's store. */
export class Puller {
  /** By what is pulled. */
  readonly #pulls = new Map<string, SharedTask<Pulled>>();

  constructor(
    private readonly store: () => HostStore,
    private readonly wire: Wire,
    private readonly flow: Flow,
    private readonly chunkBytes: number,
    /** Whether this host is about to leave: what fails now fails for that. */
    private readonly isClosed: () => boolean,
  ) {}

  /**
   * Pulls the object from the first source, or from one of the others when that fails. Pulls of the same first source
   * at the same time are one.
   *
   * @throws ERR_OBJECT_LOST, ERR_STORE_FULL, ERR_TIMEOUT, ERR_CANCELLED; in each case nothing of it is here.
   */
  pull(sources: readonly [Source, ...Source[]], options: WaitOptions): Promise<Pulled> {
    const [{ host, object }] = sources;
    const what = `the pull of ${nameOf(sources[0])}`;
    const id = `${host} ${object}`;
    const running = this.#pulls.get(id);
    if (running && !running.isStopped) return running.wait(what, options);
    const task: SharedTask<Pulled> = new SharedTask<Pulled>(
      (signal) =>
        this.#receive(sources, signal).finally(() => {
          if (this.#pulls.get(id) === task) this.#pulls.delete(id);
        }),
      ({ key }) => this.store().delete(key),
    );
    this.#pulls.set(id, task);
    return task.wait(what, options);
  }

  /** Memory for an object that is about to be received. @throws ERR_STORE_FULL */
  begin(byteLength: number): Incoming {
    const chunks = new Chunks(byteLength, this.chunkBytes);
    const { key, bytes } = this.store().create(this.wire.self, byteLength);
    return { key, filling: new Filling(bytes, chunks) };
  }

  /**
   * Receives what is missing, from one source after the other, and seals the object.
   *
   * @throws ERR_OBJECT_LOST when all have failed, with the last failure as its cause; ERR_CANCELLED. The object is
   *   deleted then, and who waits for its chunks is told.
   */
  async fill(incoming: Incoming, sources: readonly Source[], signal: AbortSignal): Promise<void> {
    await this.#receive(sources, signal, incoming);
  }

  /** @param incoming Where to; made as soon as a source says how long the object is, when not given. */
  async #receive(sources: readonly Source[], signal: AbortSignal, incoming?: Incoming): Promise<Pulled> {
    const failures: unknown[] = [];
    try {
      for await (const opened of this.#open(sources, failures, signal)) {
        incoming ??= this.begin(opened.byteLength);
        try {
          await this.#fetch(opened, incoming.filling, signal);
          this.store().seal(incoming.key);
          return { key: incoming.key, owner: opened.owner };
        } catch (error) {
          this.#note(error, failures, signal);
        }
      }
      throw lost(sources, failures);
    } catch (error) {
      incoming?.filling.fail(error as Error);
      if (incoming) this.store().delete(incoming.key);
      throw error;
    }
  }

  async #fetch({ host, transfer, byteLength }: Opened, filling: Filling, signal: AbortSignal): Promise<void> {
    if (byteLength !== filling.chunks.byteLength) {
      throw new TroupeError(
        "ERR_PROTOCOL",
        `The object has ${byteLength} bytes at "${host}", and ${filling.chunks.byteLength} elsewhere: they are not the same.`,
        { details: { peer: host } },
      );
    }
    const ask = readerOf(this.wire, host, transfer);
    await fetchChunks(host, ask, filling, this.flow, signal);
  }

  /** The sources that have the object, one after the other, each open until the next is asked for. */
  async *#open(
    sources: readonly Source[],
    failures: unknown[],
    signal: AbortSignal,
  ): AsyncGenerator<Opened, void> {
    for (const { host, object } of sources) {
      const transfer = uniqueId();
      try {
        const options = { signal, timeout: this.flow.stallTimeout };
        const reply = await this.wire.ask(host, "object-open", { transfer, object }, options);
        yield { host, transfer, ...replyOf("object-open", host, reply) };
      } catch (error) {
        this.#note(error, failures, signal);
      } finally {
        // Also when nothing is known of an answer: it would be held there for us.
        this.wire.tell(host, "object-close", { transfer });
      }
    }
  }

  /** One source failed: on to the next, unless that is not the source's fault. */
  #note(error: unknown, failures: unknown[], signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.isClosed()) throw error;
    failures.push(error);
  }
}

function lost(sources: readonly Source[], failures: readonly unknown[]): TroupeError {
  const cause = failures.at(-1);
  const reason = cause instanceof Error ? `: ${cause.message}` : ".";
  return new TroupeError(
    "ERR_OBJECT_LOST",
    `The object could not be had from ${sources.map(nameOf).join(", nor from ")}${reason}`,
    { details: { hosts: sources.map(({ host }) => host) }, cause },
  );
}

function nameOf({ host, object }: Source): string {
  return typeof object === "number" ? `"${host}" (key ${object})` : `"${host}"`;
}
