import {
  type ActorOptions,
  type CallOptions,
  defineActor,
  DelayedTell,
  iterateResult,
  type Remote,
} from "@troupe/actors";
import { defaultLogger, TroupeError } from "@troupe/core";

import type { DistOptions } from "../dist-options.js";
import type { DefiningModule } from "../module/defining-module.js";
import { Boiler } from "./boiler.js";
import { noteForeign } from "./create-in.js";

/** A function that can be an actor. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function's parameters are contravariant
export type Callable = (...args: any[]) => unknown;

/**
 * An actor that is called itself: `await pot(1, 2)`, `pot.tell(1, 2)`, `await pot.property`. It is made by its first
 * call, one in the cluster, and made again by the next one after it was lost. It outlives the actor that called it
 * first.
 */
export type Pot<F extends Callable> = Remote<F> & {
  /** Makes it now, if it is not there, and gives the reference to it. */
  create(): Promise<Remote<F>>;
  /** A pot with other options than its own; one with another `name` is another actor. */
  with(options: ActorOptions): Pot<F>;
};

/** Makes a function known as an actor. @throws ERR_CONFIG for one without a name. */
export function makePot<F extends Callable>(fn: F, module: DefiningModule, { actor }: DistOptions): Pot<F> {
  if (fn.name === "") {
    throw new TroupeError(
      "ERR_CONFIG",
      "Pools find a function by its name, and this one has none: dist(function add(a, b) { … }).",
    );
  }
  const definition = defineActor(fn, { module: module.url, options: actor });
  if (module.isForeign) noteForeign(definition);
  return potOf(new Boiler(definition, {}), {});
}

/** On references, see `Handle` of `@troupe/actors`. */
const handleOf = Symbol.for("troupe.handle");

/** Of the options of `with()` those of calls; all others are of the actor. */
const callOptionNames: readonly string[] = [
  "timeout",
  "signal",
  "retries",
  "key",
] satisfies (keyof CallOptions)[];

/** Arguments for a batch. */
class PotDelayed {
  constructor(readonly args: readonly unknown[]) {}
}

/** @param calls Options of its calls. */
function potOf<F extends Callable>(boiler: Boiler, calls: CallOptions): Pot<F> {
  const isPlain = Object.keys(calls).length === 0;
  const call = (...args: unknown[]) => {
    const result = boiler.use((remote) =>
      isPlain ? remote(...args) : (remote["with"]!(calls) as Callable)(...args),
    );
    return Object.assign(result, { [Symbol.asyncIterator]: iterateResult });
  };
  const tell = (...args: unknown[]) => {
    const told = boiler.use((remote) => remote["tell"]!(...args) as Promise<void>);
    // Whoever does not wait does not care.
    told.catch((error: unknown) => defaultLogger().warn({ err: error }, "a function could not be told"));
    return told;
  };
  const members: Record<string, unknown> = {
    create: () => boiler.boil(),
    with: (options: CallOptions & ActorOptions) => {
      const [own, more] = apart(options);
      return potOf(boiler.with(own), { ...calls, ...more });
    },
    send: call,
    tell,
    tellAfter: (delay: number, ...args: unknown[]) => new DelayedTell(delay, () => void tell(...args)),
    delay: (...args: unknown[]) => new PotDelayed(args),
    batch: (...delayed: unknown[]) =>
      boiler.use((remote) => {
        const items = delayed.map((item) =>
          item instanceof PotDelayed ? (remote["delay"]!(...item.args) as unknown) : item,
        );
        return remote["batch"]!(...items) as Promise<unknown[]>;
      }),
  };
  return new Proxy(noop, {
    apply: (_target, _this, args: unknown[]) => call(...args),
    get: (_target, key) => {
      if (key === handleOf) throw boiler.noReference();
      if (typeof key !== "string" || key === "then") return undefined;
      return (members[key] ??= boiler.member(key));
    },
    set: () => false,
  }) as unknown as Pot<F>;
}

/** Options of the actor, and those of calls. */
function apart(options: CallOptions & ActorOptions): [ActorOptions, CallOptions] {
  const isOfCalls = ([name]: [string, unknown]) => callOptionNames.includes(name);
  const entries = Object.entries(options);
  return [
    Object.fromEntries(entries.filter((entry) => !isOfCalls(entry))),
    Object.fromEntries(entries.filter(isOfCalls)),
  ];
}

function noop(): void {}
