import type { MachineResources, OutputLog, PoolOptions } from "@troupe/cluster";
import { checkOptions, type OptionRules, TroupeError } from "@troupe/core";
import type { ObjectsOptions } from "@troupe/objects";

/** Options of {@link init}. */
export interface InitOptions {
  /** Where names of actors are unique when nothing else is said. Default: "default". */
  readonly namespace?: string | undefined;
  /** How many pools, or the options of each. Default: one for each core. */
  readonly pools?: number | readonly PoolOptions[] | undefined;
  /**
   * Where lines go that pools write: nowhere (`false`), to a logger, to a function. Default: to this process's own
   * output, as `(path pid=123) text`. A logger also gets what the cluster has to say itself; with `false` nobody does.
   */
  readonly log?: OutputLog;
  /**
   * Where the cluster's state is kept, as `openStorage` takes it: `context().storage`, what actors persist, reminders.
   * Default: in the memory of this process.
   */
  readonly storage?: string | undefined;
  /**
   * What of this machine may be given to actors, as `{ cpu: 4, memory: "8GiB", gpus: 1, resources: { camera: 1 } }`, or
   * the path of a `troupe.yaml` that says so, and what each class takes. Default: what is detected.
   */
  readonly resources?: string | MachineResources | undefined;
  /**
   * How the object store of this machine is to be: bytes of shared memory (`capacity`), where what does not fit goes
   * (`spill`, a folder or `false`) and how many bytes of that there may be. Default: 30% of the machine's memory, and a
   * temporary folder. For the first cluster of a process.
   */
  readonly objects?: ObjectsOptions | undefined;
  /**
   * Milliseconds after which a call is slow: its pool logs it, and what waits or blocks for so long. Default: 1,000; 0
   * for never.
   */
  readonly slowCall?: number | undefined;
  /**
   * Where the cluster is that this program is to join, rather than to start one: `tcp://10.0.0.5:7700`. What belongs to
   * the program, actors that are not detached, tasks, objects, goes with it, and the cluster stays. Needs the key.
   * Default: `TROUPE_ADDRESS`, unless `listen` is given.
   */
  readonly address?: string | undefined;
  /**
   * Where other machines may join by {@link joinHost}: `tcp://0.0.0.0:7700`. Needs a key. Default: no port is opened, and
   * none can.
   */
  readonly listen?: string | undefined;
  /** The cluster's key. Default: `TROUPE_KEY`, else the file that `TROUPE_KEY_FILE` names. */
  readonly key?: string | undefined;
  /** Milliseconds after which a host that gives no sign of life is lost. Default 10,000. */
  readonly lease?: number | undefined;
  /** Milliseconds for starting. Default: no limit. */
  readonly timeout?: number | undefined;
}

/** What each must be. The cluster looks at `pools`, `listen`, `key` and `lease`, and whoever waits at `timeout`. */
const rules: OptionRules<InitOptions> = {
  namespace: {
    must: "a text that is not empty",
    holds: (value) => typeof value === "string" && value !== "",
  },
  pools: { must: "a number or an array", holds: () => true },
  log: {
    must: "false, a function or a logger with debug, info, warn and error",
    holds: (value) => value === false || typeof value === "function" || isLogger(value),
  },
  resources: {
    must: "an object of amounts, or the path of a file",
    holds: (value) =>
      (typeof value === "string" && value !== "") ||
      (typeof value === "object" && value !== null && !Array.isArray(value)),
  },
  storage: {
    must: 'a storage URL, as "lmdb:./state"',
    holds: (value) => typeof value === "string" && /^[a-z]+:/.test(value),
  },
  objects: {
    must: "an object, as { capacity: 2 ** 30 }",
    holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  },
  slowCall: {
    must: "a number of milliseconds from 0",
    holds: (value) => typeof value === "number" && value >= 0 && value < Infinity,
  },
  address: {
    must: 'an address, as "tcp://10.0.0.5:7700"',
    holds: (value) => typeof value === "string",
  },
  listen: {
    must: 'an address, as "tcp://0.0.0.0:7700"',
    holds: (value) => typeof value === "string",
  },
  key: { must: "a text", holds: (value) => typeof value === "string" },
  lease: { must: "milliseconds", holds: (value) => typeof value === "number" },
  timeout: { must: "milliseconds", holds: () => true },
};

/** @throws ERR_CONFIG naming an option that is unknown or wrong. */
export function checkInitOptions(options: unknown): InitOptions {
  return checkOptions("init()", options, rules);
}

/** Options that are for whoever starts a cluster. */
const ofTheCluster = ["pools", "storage", "resources", "slowCall", "listen", "lease"] as const;

/** Where a program is to join a cluster. */
export interface JoinPlace {
  readonly address: string;
  /** Options that have no effect there, as the program was written to start a cluster of its own. */
  readonly vain: readonly string[];
}

/**
 * Where the program is to join a cluster; `undefined` when it is to start one.
 *
 * @throws ERR_CONFIG when `address` is given together with options of a cluster that is started.
 */
export function joinPlaceOf(options: InitOptions): JoinPlace | undefined {
  const { address, listen } = options;
  const configured = listen === undefined ? process.env["TROUPE_ADDRESS"] : undefined;
  const vain = ofTheCluster.filter((name) => options[name] !== undefined);
  if (address === undefined) return configured ? { address: configured, vain } : undefined;
  if (vain.length === 0) return { address, vain };
  throw wrong(
    `takes ${vain.join(", ")} where it starts a cluster, not where it joins the one at ${address}`,
    vain[0],
  );
}

function isLogger(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ["debug", "info", "warn", "error"].every(
    (level) => typeof (value as Record<string, unknown>)[level] === "function",
  );
}

function wrong(problem: string, option?: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `init() ${problem}.`, { details: { option } });
}
