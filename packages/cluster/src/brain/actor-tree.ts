import { Recent, TroupeError } from "@troupe/core";

import type {
  ActorEvent,
  ActorRecord,
  EndedActor,
  LivingActor,
  PlaceRequest,
  Revival,
  Supervision,
} from "../node/brain-port.js";
import { ActorNames } from "./actor-names.js";
import { pathName } from "./path-name.js";

/** Ended actors of which it is remembered how they ended. */
const maxEnded = 65_536;
/** Of these, those of which the error is remembered that they could not be made again for. */
const maxCauses = 1_024;
/** Classes whose name in paths is kept. */
const maxClasses = 1_024;

/**
 * An actor in the tree: reserved when it is placed, live once its creator says that it has started. One that can be made
 * again is dormant while it is nowhere, and reviving while it is being made again.
 */
export interface Actor extends Mutable<ActorRecord> {
  home: Home;
  readonly creator: string;
  readonly detached: boolean;
  /** Its key among the names, if it was given one. */
  readonly alias: string | undefined;
  parent: Actor | undefined;
  state: "reserved" | "live" | "dormant" | "reviving";
  /** How it is made again; absent for one that is not, or not any more. */
  revival: Revival | undefined;
  readonly supervision: Supervision;
  hasLived: boolean;
  /** Times that it was made again after it was lost. */
  restarts: number;
  /** Whether it is nowhere because it was lost. */
  isLost: boolean;
  /** Whom it was for is gone: it is to be stopped, as soon as it lives. */
  orphaned: boolean;
  children: Set<Actor> | undefined;
  /** Next number of each path name among its children. */
  counts: Map<string, number> | undefined;
  /** Processes that hear of its changes. */
  watchers: Set<string> | undefined;
  /** Those who wait until it has started, or has not; told why it has not, where that is not the end of it. */
  waiters: ((error?: Error) => void)[] | undefined;
  /** What was asked for when it was placed first; kept if it is to be placed again. */
  readonly request: PlaceRequest | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A process where actors live. */
export interface Home {
  readonly name: string;
  readonly host: string;
  readonly pid: number | undefined;
  /** Those that live there, or are about to. Kept by the tree. */
  readonly actors: Set<Actor>;
}

/** Told of what changes in the tree. Must not change the tree itself. */
export interface TreeListener {
  /** @param watchers Names of the processes that watch the actor. */
  onChange(actor: Actor, event: ActorEvent, reason: string | undefined, watchers: Iterable<string>): void;
  /** An actor lost its parent, and has to be stopped. */
  onOrphan(actor: ActorRecord, reason: string): void;
  /** An actor is not where it was any more. */
  onVacant?(actor: Actor): void;
  /** An actor went with its process: it is dormant if it can be made again, else ended. */
  onLost(actor: Actor, reason: string): void;
}

/** Where actors are that are not made. */
export const nowhere: Home = { name: "", host: "", pid: undefined, actors: new Set() };

interface Ended {
  readonly path: string;
  readonly event: "stopped" | "died";
  readonly reason: string | undefined;
  readonly alias: string | undefined;
}

/**
 * The actors of a cluster: who is whose child, under which path and name, and in which process.
 *
 * Every operation costs the same for one actor as for a hundred thousand, but for those that list.
 */
export class ActorTree {
  readonly #actors = new Map<number, Actor>();
  readonly #paths = new Map<string, Actor>();
  readonly #names: ActorNames<Actor>;
  readonly #reserved = new Set<Actor>();
  readonly #ended = new Recent<number, Ended>(maxEnded);
  readonly #causes = new Recent<number, Error>(maxCauses);
  readonly #pathNames = new Recent<string, string>(maxClasses);
  readonly #rootCounts = new Map<string, number>();
  #nextId = 1;

  /** @param namespace Where names are unique when nothing else is said. */
  constructor(
    private readonly listener: TreeListener,
    namespace: string,
  ) {
    this.#names = new ActorNames(namespace);
  }

  /** Living actors. */
  get size(): number {
    return this.#actors.size - this.#reserved.size;
  }

  get(id: number): Actor | undefined {
    return this.#actors.get(id);
  }

  /**
   * Takes an id, a path and perhaps a name for a new actor.
   *
   * @throws ERR_NAME_TAKEN, ERR_CONFIG for a name that cannot be one, ERR_ACTOR_NOT_FOUND when its parent is not there.
   */
  reserve(request: PlaceRequest, home: Home): Actor {
    const parent = request.parent === undefined ? undefined : this.#parent(request.parent);
    const alias = request.name === undefined ? undefined : this.#names.free(request.name, request.namespace);
    const part = this.#nextPart(request.class, parent);
    const actor: Actor = {
      id: request.id ?? this.#nextId++,
      path: parent ? `${parent.path}/${part}` : part,
      name: request.name ?? part,
      class: request.class,
      pool: home.name,
      host: home.host,
      pid: home.pid,
      home,
      incarnation: alias === undefined ? 0 : this.#names.incarnation(alias),
      creator: request.creator,
      detached: request.detached ?? false,
      alias,
      parent,
      state: "reserved",
      revival: request.revival,
      supervision: request.supervision ?? "one-for-one",
      request: request.revival && request,
      ...(request.revival ? { revives: true } : {}),
      hasLived: false,
      restarts: 0,
      isLost: false,
      orphaned: false,
      children: undefined,
      counts: undefined,
      watchers: undefined,
      waiters: undefined,
    };
    this.#actors.set(actor.id, actor);
    this.#paths.set(actor.path, actor);
    this.#reserved.add(actor);
    if (alias !== undefined) this.#names.take(alias, actor);
    if (parent) (parent.children ??= new Set()).add(actor);
    home.actors.add(actor);
    return actor;
  }

  /** A reserved actor lives now. */
  started(id: number): void {
    const actor = this.#actors.get(id);
    if (actor?.state !== "reserved") return;
    actor.state = "live";
    actor.hasLived = true;
    this.#reserved.delete(actor);
    this.#notify(actor, "started");
    wake(actor);
    if (actor.orphaned) this.listener.onOrphan(recordOf(actor), orphanReason);
  }

  /** A reserved actor could not be made: it is as if it had never been. */
  failed(id: number): void {
    const actor = this.#actors.get(id);
    if (actor?.state !== "reserved") return;
    // It counts for nothing that it had the name.
    actor.incarnation--;
    this.#remove(actor);
    this.#remember(actor, "died", "it could not be made");
    wake(actor);
  }

  /**
   * An actor is not there any more. Its children are to be stopped, but for the detached.
   *
   * @param cause Why it could not be made again.
   */
  ended(id: number, how: "stopped" | "died", reason?: string, cause?: Error): void {
    const actor = this.#actors.get(id);
    if (!actor) return;
    if (cause) this.#causes.set(id, cause);
    this.#remove(actor);
    this.#remember(actor, how, reason);
    this.#notify(actor, how, reason);
    wake(actor);
    this.#orphan(actor);
  }

  /** A reserved actor that was nowhere has its place. */
  assign(actor: Actor, home: Home): void {
    this.#settle(actor, home);
  }

  /** A reserved actor is made when it is needed, and not before. */
  postpone(actor: Actor): void {
    this.#reserved.delete(actor);
    actor.state = "dormant";
    wake(actor);
  }

  /** Those who wait for a dormant actor need not: it could not be made this time. */
  disappoint(actor: Actor, error: Error): void {
    wake(actor, error);
  }

  /**
   * An actor is nowhere until it is made again. Its children are to be stopped, but for the detached.
   *
   * @param isLost Whether it failed, rather than had nothing to do where it was.
   */
  suspend(actor: Actor, isLost: boolean): void {
    this.listener.onVacant?.(actor);
    actor.isLost ||= isLost;
    this.#settle(actor, nowhere);
    if (actor.state === "live") actor.incarnation++;
    actor.state = "dormant";
    this.#orphan(actor);
  }

  /** A dormant actor is made again in a process. */
  move(actor: Actor, home: Home): void {
    this.#settle(actor, home);
    actor.state = "reviving";
  }

  /** A reviving actor lives. */
  revived(actor: Actor): void {
    actor.state = "live";
    if (actor.isLost && actor.hasLived) actor.restarts++;
    actor.isLost = false;
    this.#notify(actor, actor.hasLived ? "restarted" : "started");
    actor.hasLived = true;
    wake(actor);
  }

  /** A process is gone, and its actors with it; so are those that it was about to make elsewhere. */
  lost(process: Home, reason: string): void {
    const lost = [...process.actors];
    for (const actor of lost) {
      // It may have gone with its parent; and whoever makes one again sees for himself that it failed.
      if (this.#actors.get(actor.id) !== actor || actor.state === "reviving") continue;
      if (actor.revival && actor.state === "live" && !goesWithParent(actor, process))
        this.suspend(actor, true);
      else this.ended(actor.id, "died", reason);
      this.listener.onLost(actor, reason);
    }
    for (const actor of this.#reserved) {
      if (actor.creator !== process.name) continue;
      // It may have been made, and nobody is left to say so.
      this.listener.onOrphan(recordOf(actor), `its creator died: ${reason}`);
      this.failed(actor.id);
    }
  }

  /** The living actor of that name in the namespace, else of that path. */
  find(pathOrName: string, namespace?: string): Actor | undefined {
    const actor = this.#names.get(pathOrName, namespace) ?? this.#paths.get(pathOrName);
    return actor?.state === "reserved" ? undefined : actor;
  }

  /** The actor that has the name, whether it lives already or is about to. */
  holder(name: string, namespace?: string): Actor | undefined {
    return this.#names.get(name, namespace);
  }

  /** The actor that has the name, if it is to be stopped because whom it, or one above it, was for is gone. */
  leaver(name: string, namespace?: string): Actor | undefined {
    const holder = this.#names.get(name, namespace);
    let above = holder;
    while (above && !above.orphaned) above = above.detached ? undefined : above.parent;
    return above && holder;
  }

  /** Another may have the actor's name from now on. */
  freeName(actor: Actor): void {
    const { alias, incarnation } = actor;
    if (alias !== undefined && this.#names.holder(alias) === actor) this.#names.release(alias, incarnation);
  }

  /** Where an actor is, or how it ended; `undefined` for one that never was, or ended long ago. */
  locate(id: number): ActorRecord | EndedActor | undefined {
    const actor = this.#actors.get(id);
    if (actor) return recordOf(actor);
    const ended = this.#ended.get(id);
    if (!ended) return undefined;
    const successor = ended.alias === undefined ? undefined : this.#names.holder(ended.alias);
    const cause = this.#causes.get(id);
    return {
      path: ended.path,
      ended: words(ended),
      ...(successor && successor.state !== "reserved" ? { successor: recordOf(successor) } : {}),
      ...(cause ? { cause } : {}),
    };
  }

  /** Living actors, and those that will live again, oldest first. */
  all(): LivingActor[] {
    const living: LivingActor[] = [];
    for (const actor of this.#actors.values())
      if (actor.hasLived) living.push({ ...recordOf(actor), restarts: actor.restarts });
    return living;
  }

  /** Living children of an actor, oldest first; those at the root when none is named. */
  children(id?: number): ActorRecord[] {
    if (id !== undefined) return recordsOf(this.#actors.get(id)?.children ?? []);
    return recordsOf(this.#actors.values()).filter(({ id }) => this.#actors.get(id)!.parent === undefined);
  }

  /** The living parent of an actor. */
  parent(id: number): ActorRecord | undefined {
    const parent = this.#actors.get(id)?.parent;
    return parent && recordOf(parent);
  }

  /** Lets a process hear of an actor's changes until it ended. Gives its end when that was before. */
  watch(id: number, process: string): Pick<Ended, "event" | "reason"> | undefined {
    const actor = this.#actors.get(id);
    if (!actor) return this.#ended.get(id) ?? { event: "died", reason: "it is not known, or ended long ago" };
    (actor.watchers ??= new Set()).add(process);
    return undefined;
  }

  unwatch(id: number, process: string): void {
    this.#actors.get(id)?.watchers?.delete(process);
  }

  /** Actors at the root that a process made, but for the detached. */
  rootsOf(creator: string): Actor[] {
    return [...this.#actors.values()].filter(
      (actor) => actor.creator === creator && !actor.parent && !actor.detached && actor.id > 0,
    );
  }

  /** A process is gone for good to which the actors belong that it made at the root: they are to be stopped. */
  disown(creator: string, reason: string): void {
    for (const actor of this.rootsOf(creator)) this.#giveUp(actor, reason);
  }

  #settle(actor: Actor, home: Home): void {
    actor.home.actors.delete(actor);
    home.actors.add(actor);
    actor.home = home;
    actor.pool = home.name;
    actor.host = home.host;
    actor.pid = home.pid;
  }

  #orphan(actor: Actor): void {
    for (const child of actor.children ?? []) {
      child.parent = undefined;
      if (!child.detached) this.#giveUp(child, orphanReason);
    }
    actor.children = undefined;
  }

  /** Whom it was for is not there any more: it is to be stopped, and not made again. */
  #giveUp(actor: Actor, reason: string): void {
    actor.revival = undefined;
    actor.orphaned = true;
    if (actor.state === "reserved") return;
    if (actor.state === "dormant") this.ended(actor.id, "stopped", reason);
    else this.listener.onOrphan(recordOf(actor), reason);
  }

  #parent(id: number): Actor {
    const parent = this.#actors.get(id);
    if (parent) return parent;
    const ended = this.#ended.get(id);
    throw new TroupeError(
      "ERR_ACTOR_NOT_FOUND",
      `The actor that is to be the parent is not there${ended ? `: it ${words(ended)}` : ""}.`,
      { details: { actor: id } },
    );
  }

  #nextPart(className: string, parent: Actor | undefined): string {
    const counts = parent ? (parent.counts ??= new Map<string, number>()) : this.#rootCounts;
    let name = this.#pathNames.get(className);
    if (name === undefined) this.#pathNames.set(className, (name = pathName(className)));
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return `${name}-${count}`;
  }

  #remove(actor: Actor): void {
    this.#actors.delete(actor.id);
    this.#paths.delete(actor.path);
    this.#reserved.delete(actor);
    actor.parent?.children?.delete(actor);
    this.freeName(actor);
    actor.home.actors.delete(actor);
    this.listener.onVacant?.(actor);
  }

  #remember({ id, path, alias }: Actor, event: "stopped" | "died", reason: string | undefined): void {
    this.#ended.set(id, { path, event, reason, alias });
  }

  #notify(actor: Actor, event: ActorEvent, reason?: string): void {
    this.listener.onChange(actor, event, reason, actor.watchers ?? []);
  }
}

function words({ event, reason }: Ended): string {
  return (event === "stopped" ? "was stopped" : "died") + (reason ? `: ${reason}` : "");
}

const orphanReason = "its parent ended";

/** What others may know of an actor. */
export function recordOf(actor: Actor): ActorRecord {
  const { id, path, name, class: className, pool, host, pid, incarnation, revives } = actor;
  const record = { id, path, name, class: className, pool, host, pid, incarnation };
  return revives ? { ...record, revives } : record;
}

/** Whether the actor's parent is lost in the same process, and it is not made again without that. */
function goesWithParent({ parent, detached }: Actor, process: Home): boolean {
  return parent !== undefined && !detached && parent.home === process;
}

/** The living among them, and those that live when they are needed, in their order. */
export function recordsOf(actors: Iterable<Actor>): ActorRecord[] {
  const records: ActorRecord[] = [];
  for (const actor of actors) if (actor.state !== "reserved") records.push(recordOf(actor));
  return records;
}

function wake(actor: Actor, error?: Error): void {
  const { waiters } = actor;
  actor.waiters = undefined;
  for (const waiter of waiters ?? []) waiter(error);
}
