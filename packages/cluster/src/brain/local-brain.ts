import { isTroupeError, timeLeft, TroupeError, type WaitOptions, withDeadline } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type {
  ActorRecord,
  BrainPort,
  Death,
  EndedActor,
  LivingActor,
  MaybePromise,
  Placed,
  PlaceRequest,
} from "../node/brain-port.js";
import { type Actor, recordOf } from "./actor-tree.js";
import type { Brain } from "./brain.js";
import type { ProcessEntry } from "./process-table.js";

/** Milliseconds that an actor which is to be stopped keeps its name at most when another is to have it. */
const nameGrace = 5_000;

/** What a {@link LocalBrain} needs of those around it. */
export interface BrainSurroundings {
  /** Sees to it that a pool runs. @throws ERR_ACTOR_START */
  start(pool: string): Promise<unknown>;
  /** Somebody needs a dormant actor. */
  wake(actor: Actor): void;
  /** It is not to be made again. */
  forget(actor: Actor): void;
  /** Tells a process what became of an actor that it watches. */
  tellWatcher(process: string, id: number, event: string, reason: string | undefined): void;
}

/** The brain for the process that holds it. Answers at once, unless a pool has to be started first. */
export class LocalBrain implements BrainPort {
  constructor(
    private readonly brain: Brain,
    private readonly surroundings: BrainSurroundings,
  ) {}

  place(request: PlaceRequest, wait: WaitOptions = {}): MaybePromise<Placed> {
    const { name, namespace } = request;
    const leaver = name === undefined ? undefined : this.brain.tree.leaver(name, namespace);
    if (leaver) return this.#placeBehind(leaver, request, wait);
    const { actor, process, existing } = this.brain.place(request);
    if (existing) {
      if (actor.state !== "reserved") return { record: recordOf(actor), existing };
      return this.#placeAfter(actor, request, wait);
    }
    if (actor.state === "dormant") return { record: recordOf(actor), existing };
    if (!process) return this.#placeWhenFree(actor, request, wait);
    if (process.state === "up") return { record: recordOf(actor), existing };
    return this.#placeIn(process, actor, wait);
  }

  started(id: number): void {
    this.brain.tree.started(id);
  }

  failed(id: number): void {
    this.brain.tree.failed(id);
  }

  ended(id: number, how: "stopped" | "died", reason?: string): void {
    this.brain.tree.ended(id, how, reason);
  }

  find(pathOrAlias: string, namespace?: string): ActorRecord | undefined {
    const actor = this.brain.tree.find(pathOrAlias, namespace);
    return actor && recordOf(actor);
  }

  locate(id: number): ActorRecord | EndedActor | undefined {
    return this.brain.tree.locate(id);
  }

  async resolve(id: number): Promise<ActorRecord | EndedActor | undefined> {
    for (;;) {
      const actor = this.brain.tree.get(id);
      if (!actor || actor.state === "live") return this.brain.tree.locate(id);
      this.surroundings.wake(actor);
      await settled(actor);
    }
  }

  passivated(id: number): void {
    const actor = this.brain.tree.get(id);
    if (!actor) return;
    // It may be gone before whoever had it made has heard that it was there.
    if (actor.state === "reserved" || actor.state === "reviving")
      (actor.waiters ??= []).push((error) => {
        if (!error) this.passivated(id);
      });
    if (actor.state !== "live") return;
    if (actor.revival) this.brain.tree.suspend(actor, false);
    else this.brain.tree.ended(id, "stopped", "it was idle");
  }

  async retire(id: number, reason: string): Promise<ActorRecord | undefined> {
    const actor = this.brain.tree.get(id);
    if (!actor) return undefined;
    this.surroundings.forget(actor);
    while (actor.state === "reviving" && this.brain.tree.get(id) === actor)
      await settled(actor).catch(() => {});
    if (this.brain.tree.get(id) !== actor) return undefined;
    if (actor.state !== "dormant") return recordOf(actor);
    this.brain.tree.ended(id, "stopped", reason);
    return undefined;
  }

  actors(): readonly LivingActor[] {
    return this.brain.tree.all();
  }

  children(id: number | undefined): readonly ActorRecord[] {
    return this.brain.tree.children(id);
  }

  parent(id: number): ActorRecord | undefined {
    return this.brain.tree.parent(id);
  }

  watch(id: number, watcher: string): void {
    const end = this.brain.tree.watch(id, watcher);
    if (end) this.surroundings.tellWatcher(watcher, id, end.event, end.reason);
  }

  unwatch(id: number, watcher: string): void {
    this.brain.tree.unwatch(id, watcher);
  }

  peer(process: string): Member | { readonly ended: Death } | undefined {
    return this.brain.peer(process);
  }

  /** Another makes the actor of that name: the request is answered when it is known whether that went well. */
  async #placeAfter(actor: Actor, request: PlaceRequest, wait: WaitOptions): Promise<Placed> {
    const left = timeLeft(wait);
    await withDeadline(`waiting for ${actor.path}, which is being made,`, settled(actor), wait);
    return this.place(request, left());
  }

  /** One that is being stopped has the name: until it has ended, or for as long as that may take. */
  async #placeBehind(leaver: Actor, request: PlaceRequest, wait: WaitOptions): Promise<Placed> {
    const left = timeLeft(wait);
    const timeout = Math.min(wait.timeout ?? Infinity, nameGrace);
    const what = `waiting for ${leaver.path}, which has the name "${request.name}" and is being stopped,`;
    try {
      await withDeadline(
        what,
        settled(leaver).catch(() => {}),
        { ...wait, timeout },
      );
    } catch (error) {
      if (timeout !== nameGrace || !isTroupeError(error, "ERR_TIMEOUT")) throw error;
      this.brain.tree.freeName(leaver);
    }
    return this.place(request, left());
  }

  /** Waits until what the actor asks for is free. */
  async #placeWhenFree(actor: Actor, request: PlaceRequest, wait: WaitOptions): Promise<Placed> {
    const { tree, placer } = this.brain;
    const left = timeLeft(wait);
    let process: ProcessEntry;
    try {
      process = await placer.take(actor, request, wait);
    } catch (error) {
      tree.failed(actor.id);
      throw error;
    }
    if (tree.get(actor.id) !== actor) {
      placer.release(actor);
      throw new TroupeError("ERR_ACTOR_START", `${actor.path} was given up before there was room for it.`);
    }
    tree.assign(actor, process);
    const placed = await this.#placeIn(process, actor, left());
    return { ...placed, grant: placer.grantOf(actor) };
  }

  async #placeIn(process: ProcessEntry, actor: Actor, wait: WaitOptions): Promise<Placed> {
    try {
      const started = this.surroundings.start(process.name);
      await withDeadline(`waiting for ${process.name} to start`, started, wait);
    } catch (error) {
      this.brain.tree.failed(actor.id);
      throw error;
    }
    if (this.brain.tree.get(actor.id)) return { record: recordOf(actor), existing: false };
    throw new TroupeError(
      "ERR_ACTOR_START",
      `${process.name}, where ${actor.path} was to live, ${process.death?.reason ?? "ended"} as soon as it ran.`,
      { details: { pool: process.name, path: actor.path } },
    );
  }
}

/** Waits until it is known whether the actor that is being made lives. @throws Why it could not be made this time. */
function settled(actor: Actor): Promise<void> {
  return new Promise((resolve, reject) =>
    (actor.waiters ??= []).push((error) => (error ? reject(error) : resolve())),
  );
}
