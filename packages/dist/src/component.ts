import { inspect } from "node:util";

import { defaultLogger, isTroupeError, type Logger, TroupeError } from "@troupe/core";
import { type HandlerEntry, handlersOf, HandlerTable } from "@troupe/handlers";
import { type JoinOptions, Proxy } from "@troupe/proxy";

import {
  type AnyComponentOptions,
  type ComponentDeadLetter,
  kebabCase,
  type LaunchOptions,
} from "./options.js";
import { type ComponentTable, Serving } from "./serving.js";
import { onTerminate } from "./signals.js";

/** Milliseconds that a handler may take to finish once its component is being closed. */
const closeGrace = 5000;

/** Lifecycle methods of a component, called when present. */
interface Lifecycle {
  /** Called when the group is joined, while messages are served already. Its failure ends the launch. */
  onStart?(proxy: Proxy): unknown;
  /** Called when serving has ended and the group is left. `reason` is the failure, if one ended it. */
  onStop?(reason?: Error): unknown;
}

/** Who has a component's instance, when that is not the component itself: an actor, with its own order and life. */
export interface ComponentHost {
  /** Runs what calls the instance, in its turn. */
  perform(work: () => Promise<void>): Promise<void>;
  /** The group is joined. */
  onJoined(): void;
}

/** What an instance does in its group: joins, serves its messages one at a time, leaves. */
export class Component {
  #proxy: Proxy | undefined;
  #running: Promise<void> | undefined;
  #stop = new AbortController();
  #hasLeft = false;
  /** Whether a handler, `onStart` or `onStop` is on the call stack right now. */
  #isCalling = false;

  /**
   * @param local The instance itself: what handlers work on.
   * @param options Those of `dist()`.
   * @param host Calls the instance in place of the component, lifecycle methods included.
   */
  constructor(
    readonly local: object,
    private readonly options: AnyComponentOptions,
    private readonly host?: ComponentHost,
  ) {}

  /** The member of the group. @throws ERR_CLOSED while the component is not launched. */
  get proxy(): Proxy {
    if (this.#proxy) return this.#proxy;
    throw new TroupeError(
      "ERR_CLOSED",
      `The component in the group "${this.options.group}" has not joined yet; launch it first.`,
    );
  }

  /**
   * Joins and serves until it is closed. While it runs, a second call gives the same promise.
   *
   * @throws What `Proxy.join` throws; what `onStart` or `onStop` threw; the error of a proxy that was lost.
   */
  readonly launch = (options: LaunchOptions = {}): Promise<void> => {
    this.#running ??= this.#run(options).finally(() => {
      this.#running = this.#proxy = undefined;
      this.#hasLeft = false;
      this.#stop = new AbortController();
    });
    return this.#running;
  };

  /**
   * Ends serving: the message that is being handled is finished, further ones are not begun. Resolves when
   * that is done and the group is left; for a handler or `onStart`, which would wait for itself, at once.
   * Idempotent.
   */
  readonly close = async (): Promise<void> => {
    if (!this.#running) return;
    this.#stop.abort();
    if (this.#isCalling || this.#hasLeft) return;
    // Its failure is the launcher's to hear.
    await this.#running.catch(() => undefined);
  };

  async #run({ signal, signals = true, timeout, ...overrides }: LaunchOptions): Promise<void> {
    const stop = this.#stop;
    const end = () => stop.abort();
    const offTerminate = signals ? onTerminate(end) : undefined;
    signal?.addEventListener("abort", end, { once: true });
    if (signal?.aborted) end();
    try {
      const joinOptions = { ...this.#joinOptions(timeout), ...overrides, signal: stop.signal };
      const proxy = await Proxy.join(joinOptions).catch((error: unknown) => {
        // Closed while it was joining: the end that was asked for.
        if (stop.signal.aborted && isTroupeError(error, "ERR_CANCELLED")) return undefined;
        throw error;
      });
      if (!proxy) return;
      this.#proxy = proxy;
      this.host?.onJoined();
      await this.#serve(proxy, stop);
    } finally {
      offTerminate?.();
      signal?.removeEventListener("abort", end);
    }
  }

  #joinOptions(timeout: number | undefined): JoinOptions {
    const { handlers: _handlers, onDeadLetter: _onDeadLetter, component, ...options } = this.options;
    const { name = "" } = (this.local.constructor ?? {}) as { name?: string };
    return {
      ...options,
      component: component ?? kebabCase(name),
      ...(timeout === undefined ? {} : { joinTimeout: timeout }),
    };
  }

  async #serve(proxy: Proxy, stop: AbortController): Promise<void> {
    const lifecycle: Lifecycle = this.host ? {} : this.local;
    let failure: { readonly error: unknown } | undefined;
    const fail = (error: unknown) => {
      failure ??= { error };
      stop.abort();
    };
    const { host } = this;
    const call = (work: () => Promise<void>) => (host ? host.perform(work) : this.#call(work));
    const serving = new Serving(this.local, proxy, this.#table(proxy), call);
    const started = this.#call(async () => lifecycle.onStart?.(proxy)).catch(fail);
    const served = serving.run(stop.signal).catch(fail);
    await ended(stop.signal, served);
    // A handler may have closed the proxy alone.
    stop.abort();
    await withinGrace(Promise.all([served, started]), this.#log());
    // What still runs fails for want of its proxy, which is no failure of the component.
    const reason = failure;
    await proxy.close();
    this.#hasLeft = true;
    try {
      await this.#call(async () => lifecycle.onStop?.(reason?.error as Error | undefined));
    } catch (error) {
      if (!reason) throw error;
      // The launch can only reject with one.
      this.#log().error({ err: error, component: proxy.name }, "onStop threw as well");
    }
    if (reason) throw reason.error;
  }

  /** Runs the user's code, and notes that until it returns or first waits. */
  #call<R>(call: () => R): R {
    this.#isCalling = true;
    try {
      return call();
    } finally {
      this.#isCalling = false;
    }
  }

  #table(proxy: Proxy): ComponentTable {
    const { handlers = [] } = this.options;
    const table: ComponentTable = HandlerTable.from<object, Record<string, unknown>, Proxy>(
      handlers as HandlerEntry<object>[],
      {
        onDeadLetter: (letter) => {
          const { type, source } = letter.message;
          const details = { type, source, handledBy: proxy.name };
          const text = `"${proxy.name}" has no handler for "${type}" of "${source}".`;
          this.#bury(letter, proxy, new TroupeError("ERR_METHOD_NOT_FOUND", text, { details }));
        },
        onFailure: (error, messages) => {
          for (const message of messages)
            this.#bury({ reason: "handler-failed", message, error }, proxy, error);
        },
        ...(this.options.log ? { logger: this.options.log } : {}),
      },
    );
    for (const [event, handler, options] of handlersOf(this.local))
      table.on(event as string, handler, options);
    return table;
  }

  /** A message that was not handled: logged, told to `onDeadLetter`, and to the peer that waits for a reply. */
  #bury(letter: ComponentDeadLetter, proxy: Proxy, error: unknown): void {
    const { reason, message } = letter;
    const { type, source } = message;
    if (reason === "handler-failed")
      this.#log().error({ err: error, type, source, component: proxy.name }, "a handler threw");
    // Async, so that one that rejects is caught as well.
    void (async () => this.options.onDeadLetter?.(letter))().catch((thrown: unknown) => {
      this.#log().error({ err: thrown, type, source }, "onDeadLetter threw");
    });
    if (reason === "backlog-full" || message.inReplyTo !== undefined || proxy.isAnswered(message)) return;
    proxy.reject(message, asError(error)).catch((thrown: unknown) => {
      this.#log().debug({ err: thrown, type, source }, "the sender of a message that failed is gone");
    });
  }

  #log(): Logger {
    return this.options.log ?? defaultLogger();
  }
}

/** Waits until serving is to end: by the signal, or by itself because the proxy was closed. */
async function ended(signal: AbortSignal, served: Promise<void>): Promise<void> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) resolve();
  });
  await Promise.race([aborted, served]);
  if (onAbort) signal.removeEventListener("abort", onAbort);
}

async function withinGrace(work: Promise<unknown>, log: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), closeGrace);
  });
  if ((await Promise.race([work, late])) === "late") {
    log.warn(
      { grace: closeGrace },
      "a handler or onStart still runs, and its component is closed under it; does it await close() of itself?",
    );
  }
  clearTimeout(timer);
}

function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : inspect(thrown));
}
