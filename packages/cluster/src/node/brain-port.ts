import type { WaitOptions } from "@troupe/core";
import type { Member } from "@troupe/registry";
import type { BundleReference, Policy, PolicyDescription, RequestedAmounts } from "@troupe/resources";

/** A value at once, or later. */
export type MaybePromise<T> = T | Promise<T>;

/** How a process ended. */
export interface Death {
  /** Its name in the cluster: `pool-0`. */
  readonly process: string;
  readonly pid: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The last lines that it wrote to standard error. */
  readonly stderr: readonly string[];
  /** In words: "was killed by SIGKILL", "ended with code 1". */
  readonly reason: string;
}

/** An actor as the brain knows it. */
export interface ActorRecord {
  /** Unique in the cluster, never used again. */
  readonly id: number;
  readonly path: string;
  /** The name that it was given, else the last part of its path. */
  readonly name: string;
  readonly class: string;
  /** The process where it lives: a pool, or the driver. */
  readonly pool: string;
  readonly host: string;
  /** `undefined` while it is in no process. */
  readonly pid: number | undefined;
  /**
   * Counts what was made under its name, or in its place: 0 for the first. It goes on over actors of one name, and counts
   * also those that are made again because they were idle; how often one was lost is `restarts` of {@link LivingActor}.
   */
  readonly incarnation: number;
  /** There for an actor that is made again when it was lost, perhaps elsewhere. Its place is empty while it is not made. */
  readonly revives?: true;
}

/** An actor as those who look at all of them see it. */
export interface LivingActor extends ActorRecord {
  /** Times that it was made again after it was lost; that it had been idle, or was moved, does not count. */
  readonly restarts: number;
}

/** How often a lost actor is made again. */
export interface RestartLimits {
  /** Restarts within the window; `Infinity` for any number. */
  readonly max: number;
  /** Milliseconds after which a restart is forgotten. */
  readonly window: number;
  /** Milliseconds before the second restart in a row; doubles with each. The first comes at once. */
  readonly backoff: number;
}

/** How an actor is made again. */
export interface Revival {
  /** What it takes to make it; kept by the brain, understood by the layer above. */
  readonly recipe: unknown;
  /** Without them a lost actor is made again when somebody needs it, however often. */
  readonly restarts?: RestartLimits | undefined;
  /** Whether a lost actor is made again when somebody needs it, and not before. */
  readonly onDemand?: boolean | undefined;
}

/**
 * What becomes of an actor when one of its children is lost. `one-for-one`: nothing. `all-for-one`: its other children
 * are made anew with the lost one, and it fails when that cannot be made again. `escalate`: it fails when a lost child
 * is not made again.
 */
export type Supervision = "one-for-one" | "all-for-one" | "escalate";

/** What an actor was given, for its process to heed. */
export interface Grant {
  /** Cores. */
  readonly cpu: number;
  /** GPUs, as `CUDA_VISIBLE_DEVICES` names them. */
  readonly devices: readonly string[];
}

/** Where an actor is to be: by a policy, as plain data when it comes from elsewhere; or in a placement group. */
export type Placement = Policy | PolicyDescription | BundleReference;

/** What is asked for when an actor is to be made. */
export interface PlaceRequest {
  /** For an actor that everybody knows: a number below all that are given in turn, 0. */
  readonly id?: number | undefined;
  readonly class: string;
  /** Id of the actor whose child it is; the root when absent. */
  readonly parent?: number | undefined;
  /** Name of the process that makes it. */
  readonly creator: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  /** A pool by name or label. */
  readonly pool?: string | undefined;
  readonly getIfExists?: boolean | undefined;
  /** Whether it outlives its parent. */
  readonly detached?: boolean | undefined;
  /** What is to be free where it is made, and taken. */
  readonly needs?: RequestedAmounts | undefined;
  readonly placement?: Placement | undefined;
  /** For an actor that is to be made again when it was lost. */
  readonly revival?: Revival | undefined;
  /** Whether it is made when it is first needed, and not now; for one with a {@link revival}. */
  readonly lazy?: boolean | undefined;
  /** What a lost child means to it; `one-for-one` by default. */
  readonly supervision?: Supervision | undefined;
}

/** What the brain says to a {@link PlaceRequest}. */
export interface Placed {
  readonly record: ActorRecord;
  /** It had the name already, and `getIfExists` was set. */
  readonly existing: boolean;
  readonly grant?: Grant | undefined;
}

/** What became of an actor that is not there any more. */
export interface EndedActor {
  readonly path: string;
  /** The end of a sentence about it: `was stopped`, `died: its process …`. */
  readonly ended: string;
  /** The living actor that has its name now. */
  readonly successor?: ActorRecord;
  /** Why it could not be made again. */
  readonly cause?: Error;
}

/** What happened to an actor that is watched. */
export type ActorEvent = "started" | "restarted" | "stopped" | "died";

/**
 * What any process may ask of the brain. In the driver, where the brain is, it answers at once; elsewhere
 * every answer is a promise.
 */
export interface BrainPort {
  /**
   * Reserves an id, a path and names, picks a pool and sees to it that it runs. Waits for the end of one that has the
   * name and is to be stopped as whom it was for is gone: five seconds, then the name is free.
   *
   * @throws ERR_NAME_TAKEN, ERR_NO_RESOURCES when there is no such pool or what is asked for can never be had,
   *   ERR_DEADLOCK, ERR_CANCELLED when the actor is given up while it waits, ERR_TIMEOUT, ERR_ACTOR_NOT_FOUND when the
   *   parent is gone, ERR_ACTOR_START when the pool does not start. In each case nothing is reserved.
   */
  place(request: PlaceRequest, wait?: WaitOptions): MaybePromise<Placed>;
  /** The creator says how making it went. */
  started(id: number): void;
  failed(id: number): void;
  /** The process where it lived says that it ended. */
  ended(id: number, how: "stopped" | "died", reason?: string): void;
  /** By path, or by alias in the namespace. */
  find(pathOrAlias: string, namespace?: string): MaybePromise<ActorRecord | undefined>;
  /** Where it lives, or why it does not any more; `undefined` when nobody remembers. */
  locate(id: number): MaybePromise<ActorRecord | EndedActor | undefined>;
  /** As {@link locate}, for one who needs the actor: it is made if it is to be, and waited for. */
  resolve(id: number): MaybePromise<ActorRecord | EndedActor | undefined>;
  /** The process where it lived says that it is gone until it is needed again. */
  passivated(id: number): void;
  /**
   * It is not to be made again; called before it is ended. Gives where it is to be ended, if it is anywhere.
   *
   * @param reason For those who ask later.
   */
  retire(id: number, reason: string): MaybePromise<ActorRecord | undefined>;
  actors(): MaybePromise<readonly LivingActor[]>;
  children(id: number | undefined): MaybePromise<readonly ActorRecord[]>;
  parent(id: number): MaybePromise<ActorRecord | undefined>;
  /** From now on the process is told of the actor's events by `[11, n, "actor-event", { id, event, reason? }]`. */
  watch(id: number, watcher: string): MaybePromise<void>;
  unwatch(id: number, watcher: string): MaybePromise<void>;
  /** How a process is reached, or how it ended. */
  peer(process: string): MaybePromise<Member | { readonly ended: Death } | undefined>;
}
