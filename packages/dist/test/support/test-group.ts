import { uniqueId } from "@troupe/core";

import { type JoinOptions, launch, type LaunchOptions, Proxy } from "../../src/index.js";
import { recordingLog } from "./recording-log.js";

/** A group of its own for one test, in this process. Once disposed of, everybody has left it. */
export class TestGroup implements AsyncDisposable {
  readonly log = recordingLog();
  readonly #end = new AbortController();
  readonly #open: Promise<unknown>[] = [];
  readonly #proxies: Proxy[] = [];

  /** What `dist()` and `Proxy.join` need to find the group. */
  readonly at = { group: "test", registry: `memory:${uniqueId()}`, log: this.log };

  /** Launches; the end of the test ends it, too. */
  launch(component: object, options: LaunchOptions = {}): Promise<void> {
    const { signal } = this.#end;
    const running = launch(component, {
      ...options,
      signal: options.signal ? AbortSignal.any([options.signal, signal]) : signal,
    });
    this.#open.push(running.catch(() => undefined));
    return running;
  }

  /** Joins as somebody who talks to the components. */
  async join(component: string, options: Partial<JoinOptions> = {}): Promise<Proxy> {
    const proxy = await Proxy.join({ ...this.at, component, ...options });
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Launches a component, and joins as `runner-0` that has it for a peer. */
  async runnerBeside(component: object, options: Partial<JoinOptions> = {}): Promise<Proxy> {
    // One that fails fails the join, instead of being waited for.
    const failed = this.launch(component).then(() => new Promise<never>(() => {}));
    return Promise.race([this.join("runner", { peers: { worker: 1 }, ...options }), failed]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#open);
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}
