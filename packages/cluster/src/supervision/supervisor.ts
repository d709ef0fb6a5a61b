import { isTroupeError, type Logger, TroupeError, withDeadline } from "@troupe/core";

import { type Actor, type ActorTree, recordOf } from "../brain/actor-tree.js";
import type { Grant } from "../node/brain-port.js";
import type { ActorCare, Verdict } from "./actor-care.js";
import { RestartWindow } from "./restart-window.js";

/** What a {@link Supervisor} needs of the cluster. */
export interface SupervisedCluster {
  readonly tree: ActorTree;
  readonly log: Logger;
  /** Known once the cluster's own process has its place in it. */
  readonly care: () => ActorCare;
  /**
   * Finds a process for a dormant actor, moves it there and sees to it that the process runs.
   *
   * @returns What the actor is given there.
   * @throws ERR_NO_RESOURCES, ERR_DEADLOCK, ERR_ACTOR_START
   */
  settle(actor: Actor): Promise<Grant | undefined>;
}

/** Milliseconds for a parent to say what it wants done. */
const patience = 5_000;

/**
 * Makes lost actors again, within their limits, and tells their parents, who may fail with them.
 *
 * The strategies and the window are those of Erlang/OTP's supervisors. Unlike there a child whose restarts are used up
 * takes its parent with it only where the parent says so.
 */
export class Supervisor {
  readonly #windows = new WeakMap<Actor, RestartWindow>();
  /** Failed actors that are made again, until they are; with what ends their pause, once that has begun. */
  readonly #resting = new Map<Actor, NodeJS.Timeout | undefined>();
  /** Those that are being made. */
  readonly #reviving = new Set<Actor>();
  #closed = false;

  constructor(private readonly cluster: SupervisedCluster) {}

  /** An actor was lost: it is dormant now, or ended if it is not made again. */
  lost(actor: Actor, reason: string): void {
    void this.#failed(actor, failure(actor, reason));
  }

  /** Somebody needs a dormant actor. One that failed waits for its turn, any other is made at once. */
  wake(actor: Actor): void {
    if (!this.#resting.has(actor)) void this.#revive(actor);
  }

  /** The actor is not made again. */
  forget(actor: Actor): void {
    actor.revival = undefined;
    clearTimeout(this.#resting.get(actor));
    this.#resting.delete(actor);
  }

  /** What fails is not made again from now on. What is needed while actors stop still is made. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
  }

  /** @param error Why it is not there. */
  async #failed(actor: Actor, error: TroupeError): Promise<void> {
    if (this.#closed) return this.cluster.tree.ended(actor.id, "died", reasonOf(error));
    const { parent } = actor;
    const pause = this.#nextPause(actor);
    if (pause !== undefined) this.#resting.set(actor, undefined);
    const verdict = await this.#verdictOf(parent, actor, error, pause !== undefined);
    if (pause !== undefined && !this.#resting.has(actor)) return;
    if (pause === undefined || verdict !== undefined) return this.#giveUp(actor, parent, verdict, error);
    if (parent?.supervision === "all-for-one") await this.#renewSiblings(parent, actor);
    this.#rest(actor, pause, error);
  }

  async #giveUp(
    actor: Actor,
    parent: Actor | undefined,
    verdict: Verdict,
    error: TroupeError,
  ): Promise<void> {
    this.forget(actor);
    const cause = isTroupeError(error, "ERR_ACTOR_START") ? error : undefined;
    this.cluster.tree.ended(actor.id, "died", reasonOf(error), cause);
    if (!parent || !this.#isLive(parent)) return;
    const takesParent = verdict ? verdict === "escalate" : parent.supervision !== "one-for-one";
    if (takesParent) await this.#fail(parent, `its child ${actor.path} failed: ${reasonOf(error)}`);
  }

  /** An actor that lives fails. */
  async #fail(actor: Actor, reason: string): Promise<void> {
    if (await this.#drop(actor, reason)) await this.#failed(actor, failure(actor, reason));
  }

  /** All-for-one: the other children are made anew, or stopped if they cannot be. */
  async #renewSiblings(parent: Actor, failed: Actor): Promise<void> {
    const reason = `its sibling ${failed.path} failed`;
    const siblings = [...(parent.children ?? [])].filter((child) => child !== failed && this.#isLive(child));
    await Promise.all(
      siblings.map(async (sibling) => {
        if (!sibling.revival) return this.cluster.care().stop(recordOf(sibling), reason);
        if (await this.#drop(sibling, reason)) this.#rest(sibling, 0, failure(sibling, reason));
      }),
    );
  }

  /** Takes a living actor out of its process. `false` when it has ended by itself meanwhile. */
  async #drop(actor: Actor, reason: string): Promise<boolean> {
    const { tree, care } = this.cluster;
    await care().drop(recordOf(actor), reason);
    if (!this.#isLive(actor)) return false;
    if (actor.revival) tree.suspend(actor, true);
    else tree.ended(actor.id, "died", reason);
    return true;
  }

  /** Milliseconds until the actor may be made again; `undefined` when it is not. */
  #nextPause(actor: Actor): number | undefined {
    const { revival } = actor;
    if (!revival) return undefined;
    if (!revival.restarts) return 0;
    let window = this.#windows.get(actor);
    if (!window) this.#windows.set(actor, (window = new RestartWindow(revival.restarts)));
    return window.next(performance.now());
  }

  /** Lets a dormant actor be, until its pause is over; one that is made on demand until it is needed. */
  #rest(actor: Actor, pause: number, error: TroupeError): void {
    const begin = () => {
      this.#resting.delete(actor);
      void this.#revive(actor);
    };
    if (actor.revival?.onDemand) {
      this.#resting.delete(actor);
      // Who waits for one that was lost has it made; who had it made hears that it could not be.
      if (isTroupeError(error, "ERR_ACTOR_START")) this.cluster.tree.disappoint(actor, error);
      else if (actor.waiters) void this.#revive(actor);
    } else if (pause === 0) begin();
    else this.#resting.set(actor, setTimeout(begin, pause).unref());
  }

  async #revive(actor: Actor): Promise<void> {
    const { tree, care } = this.cluster;
    const { revival, parent } = actor;
    if (!revival || actor.state !== "dormant" || tree.get(actor.id) !== actor) return;
    if (this.#reviving.has(actor)) return;
    this.#reviving.add(actor);
    try {
      const grant = await this.cluster.settle(actor);
      if (tree.get(actor.id) !== actor) return;
      await care().make(recordOf(actor), revival.recipe, parent && recordOf(parent), grant);
    } catch (error) {
      this.#reviving.delete(actor);
      if (tree.get(actor.id) !== actor) return;
      tree.suspend(actor, true);
      return await this.#failed(actor, startFailure(actor, error));
    } finally {
      this.#reviving.delete(actor);
    }
    if (tree.get(actor.id) === actor) tree.revived(actor);
  }

  async #verdictOf(
    parent: Actor | undefined,
    child: Actor,
    error: TroupeError,
    isMadeAgain: boolean,
  ): Promise<Verdict> {
    const { log, care } = this.cluster;
    // That a process died is said already, once for all that were in it.
    const { path: actor, revives } = child;
    if (isMadeAgain || !revives) log.debug({ actor, reason: error.message }, "an actor failed");
    else log.error({ actor, reason: error.message }, "an actor failed, and is not made again any more");
    if (!parent || !this.#isLive(parent)) return undefined;
    try {
      const asked = care().childFailed(recordOf(parent), recordOf(child), error);
      return await withDeadline(`onChildFailed() of ${parent.path}`, asked, { timeout: patience });
    } catch (failure) {
      log.warn({ err: failure, actor: parent.path }, "a parent did not say what to do about its child");
      return undefined;
    }
  }

  #isLive(actor: Actor): boolean {
    return actor.state === "live" && this.cluster.tree.get(actor.id) === actor;
  }
}

function failure({ id, path, incarnation }: Actor, reason: string): TroupeError {
  return new TroupeError("ERR_ACTOR_DIED", `${path} died: ${reason.replace(/\.$/, "")}.`, {
    details: { actor: id, path, incarnation, reason },
  });
}

/** The end of a sentence that says that an actor died. */
function reasonOf({ details: { reason }, message }: TroupeError): string {
  return (typeof reason === "string" ? reason : message).replace(/\.$/, "");
}

/** One that is made when it is needed is tried again with the next message. */
function startFailure({ id, path, revival }: Actor, cause: unknown): TroupeError {
  const retryable = revival?.onDemand === true || (isTroupeError(cause) && cause.retryable);
  if (isTroupeError(cause, "ERR_ACTOR_START")) {
    const { message, details, cause: reason } = cause;
    return new TroupeError("ERR_ACTOR_START", message, { cause: reason, details, retryable });
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  return new TroupeError("ERR_ACTOR_START", `${path} could not be made again: ${text}`, {
    cause,
    retryable,
    details: { actor: id, path },
  });
}
