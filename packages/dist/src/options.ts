import { type MessageMap, TroupeError } from "@troupe/core";
import { type DeadLetter, type HandlerEntry, type HandlerSpec, HandlerTable } from "@troupe/handlers";
import type { JoinOptions, Proxy } from "@troupe/proxy";

/** A message that was not handled: no handler took it, or the one that did threw. */
export interface ComponentDeadLetter extends Omit<DeadLetter, "reason"> {
  readonly reason: DeadLetter["reason"] | "handler-failed";
  /** What the handler threw. */
  readonly error?: unknown;
}

/** What makes an instance of `T` a member of a group. */
export interface ComponentOptions<
  T extends object = object,
  M extends object = MessageMap,
  K extends string = string,
> extends Omit<JoinOptions, "component" | "signal"> {
  /** What the instance is in its group. Default: the class's name as `kebab-case`. */
  readonly component?: string | undefined;
  /**
   * What to do with messages: event → `(local, proxy, message)`, or a `HandlerTable`, or
   * `[event, handler, options?]` entries. Methods decorated with `@on` are added by themselves. Each
   * component gets a table of its own from them; the `onDeadLetter` of a given table gives way to the one here.
   */
  readonly handlers?: HandlerSpec<T, M, Proxy<M>, K> | undefined;
  /** Told of each message that was not handled, besides the log. */
  readonly onDeadLetter?: ((letter: ComponentDeadLetter) => void) | undefined;
}

/** What one launch may decide anew, and how it is ended. */
export interface LaunchOptions extends Partial<Omit<JoinOptions, "component" | "group">> {
  /** Closes the component. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for joining the group, as `joinTimeout`. */
  readonly timeout?: number | undefined;
  /** Whether SIGINT and SIGTERM close the component. Default `true`. */
  readonly signals?: boolean | undefined;
}

/** The same with the types of its class forgotten, as the runtime keeps it. */
export type AnyComponentOptions = Omit<ComponentOptions, "handlers"> & {
  readonly handlers?: HandlerTable<never> | object | undefined;
};

/** A record, so that the compiler misses an option that is not in it. */
const known: Readonly<Record<keyof ComponentOptions, true>> = {
  group: true,
  component: true,
  name: true,
  registry: true,
  peers: true,
  minPeers: true,
  joinTimeout: true,
  cache: true,
  lease: true,
  limits: true,
  listen: true,
  rings: true,
  key: true,
  log: true,
  handlers: true,
  onDeadLetter: true,
};

/** Names of all options of a component. */
export const componentOptionNames: readonly string[] = Object.keys(known);

/** @throws ERR_CONFIG for options without a group, or with handlers that are none or whose events are malformed. */
export function checkComponentOptions(options: object): AnyComponentOptions {
  const { group, handlers } = options as Partial<AnyComponentOptions>;
  if (typeof group !== "string") {
    throw new TroupeError("ERR_CONFIG", 'dist() needs the name of a group to join, as { group: "…" }.');
  }
  if (handlers !== undefined) HandlerTable.from(handlers as HandlerEntry[]);
  return options as AnyComponentOptions;
}

/** `LocalWorker` → `local-worker`, `HTTPServer` → `http-server`. */
export function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/[^\w-]+/g, "-")
    .toLowerCase();
}
