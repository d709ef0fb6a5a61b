import { AsyncLocalStorage } from "node:async_hooks";

import type { Call } from "./cell/call.js";
import type { ActorContext } from "./context.js";
import { Definitions } from "./definition/definitions.js";
import { MethodLedger } from "./insight/method-ledger.js";
import type { ActorRuntime } from "./runtime/runtime.js";

/** What all copies of this package in one process have in common. */
interface Shared {
  readonly definitions: Definitions;
  /** What the methods of this process have done. */
  readonly methods: MethodLedger;
  /** The call that runs, and what it started. */
  readonly running: AsyncLocalStorage<Call | undefined>;
  /** Runtimes that are open, the latest last. */
  readonly runtimes: ActorRuntime[];
  /** What runs where no actor does. */
  otherContext: (() => ActorContext | undefined) | undefined;
  /** Modules that are being imported because an actor is to be made of them. */
  importing: number;
  /** Modules that pools import first. */
  readonly preloads: Set<string>;
}

const key = Symbol.for("troupe.actors");

/** A program and a package that it uses may each have their own copy: it is one actor system nevertheless. */
export const shared: Shared = ((globalThis as { [key]?: Shared })[key] ??= {
  definitions: new Definitions(),
  methods: new MethodLedger(),
  running: new AsyncLocalStorage<Call | undefined>(),
  runtimes: [],
  otherContext: undefined,
  importing: 0,
  preloads: new Set(),
});
