import type { ActorRecord } from "@troupe/cluster";
import { Kind, TroupeError } from "@troupe/core";

import type { ActorDefinition, Attachment } from "../definition/definition.js";
import type { Method } from "../definition/method-table.js";
import type { ActorPlan } from "../definition/plan.js";
import type { Passage } from "../insight/passage.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import { movedError } from "../runtime/end-of.js";
import { shared } from "../shared.js";
import type { KeptAs } from "../state/kept-as.js";
import { Ledger } from "../state/ledger.js";
import { Reminders } from "../timers/reminders.js";
import { Timers } from "../timers/timers.js";
import type { TunnelLane } from "../tunnel/tunnel-lane.js";
import { tooManyTunnels } from "../tunnel/tunnel-lanes.js";
import { Call } from "./call.js";
import { IdleWatch } from "./idle-watch.js";
import {
  endLifecycleCall,
  isResource,
  type Lifecycle,
  lifecycleCall,
  makeInstance,
  runLifecycle,
} from "./lifecycle.js";
import { Mailbox } from "./mailbox.js";
import { ownMethod, readProperty, unknownMethod, workMethod } from "./methods.js";
import type { Seat } from "./seat.js";
import { SideLanes } from "./side-lanes.js";

/** What runs within an actor and is to end with it. */
export interface Running {
  end(reason: Error): void;
}

/** An actor where it lives: its instance, its mailboxes, its life. */
export class Cell implements Seat {
  state: "starting" | "live" | "stopping" | "ended" = "starting";
  instance: object | undefined;
  /** Whether its `onMessage` sees every call. */
  intercepts = false;
  /** Whether it has made others. */
  hasChildren = false;
  /** Ids of those that outlive it. */
  detached: Set<number> | undefined;
  /** Remembers what came of calls with a key, and keeps the actor's state; absent where there is neither. */
  ledger: Ledger | undefined;
  /** Streams that it produces for other processes. */
  streams: Set<Running> | undefined;
  /** Messages that threw. */
  errors = 0;
  /** Milliseconds of its calls, their waits included. */
  busy = 0;
  /** Bytes of packets from other processes. */
  bytes = 0;
  /** Its mailboxes beside the first, once it has any. */
  #beside: SideLanes | undefined;
  readonly #mailbox: Mailbox;
  #timers: Timers | undefined;
  #reminders: Reminders | undefined;
  #idleWatch: IdleWatch | undefined;
  /** What runs while it starts. */
  #starting: Call | undefined;
  /** What its `onStart` ran as, and what that has left behind runs as. */
  #life: Call | undefined;
  #attachment: Attachment | undefined;
  /** Functions that its instance has of its own. */
  #ownMethods: Map<string, Method> | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** Settles that. */
  #onEnd: (() => void) | undefined;
  /** Looked at while it stops. */
  #stopping: Passage | undefined;
  #isPassivating = false;
  #whenIdle: (() => void) | undefined;

  constructor(
    readonly runtime: ActorRuntime,
    readonly record: ActorRecord,
    readonly definition: ActorDefinition,
    readonly plan: ActorPlan,
    /** The actor whose child it is. */
    readonly parent: ActorRecord | undefined,
    /** The name under which its state is kept, for one that comes later; absent for an actor without a name. */
    readonly keptAs: KeptAs | undefined,
  ) {
    this.#mailbox = new Mailbox(plan.lane, this);
  }

  /**
   * Makes the instance, and lets it begin.
   *
   * @throws What its constructor, its `onStart` or its attachment throws; nothing of it is left then.
   */
  start(args: readonly unknown[]): Promise<void> {
    const started = this.#start(args);
    // Most have started by now, and nobody waits for that.
    if (this.state === "starting") this.#started = started;
    return started;
  }

  /** Takes a message, by its tunnel of that name when one is given. */
  receive(call: Call, tunnel?: string): void {
    const { state } = this;
    if (state === "stopping" || state === "ended") return this.runtime.refuse(call);
    const method = call.kind === Kind.property ? readProperty : this.#method(call.name);
    if (!method) return this.#doNotKnow(call);
    call.method = method;
    if (call.key !== undefined && this.#remembers(call)) return;
    if (tunnel === undefined && method.group === undefined) this.#mailbox.offer(call);
    else this.#offerBeside(call, method, tunnel);
  }

  /** Its tunnel of that name, made when it is new; `undefined` when it has very many already. */
  tunnel(name: string): TunnelLane | undefined {
    this.#beside ??= new SideLanes(this.plan, this);
    return this.#beside.tunnels.named(name, this.state === "live");
  }

  /** Its tunnels by name. */
  get tunnels(): Iterable<[string, TunnelLane]> {
    return this.#beside?.tunnels ?? [];
  }

  /** Where its messages wait: its mailbox, those of its groups, its tunnels. */
  *mailboxes(): Iterable<Mailbox> {
    yield this.#mailbox;
    if (this.#beside) yield* this.#beside;
  }

  /** Its `onStart`, while that keeps all messages waiting. */
  get starting(): Call | undefined {
    return this.#starting;
  }

  /** Whether its call of that number has begun, and has not ended. */
  runs(number: number): boolean {
    if (this.#starting?.number === number) return true;
    return this.running.some((call) => call.number === number);
  }

  perform<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = new Call(this, Kind.system, name, [], undefined, 0);
      call.resolve = resolve as (value: unknown) => void;
      call.reject = reject;
      if (this.state === "stopping" || this.state === "ended") return this.runtime.refuse(call);
      call.method = workMethod(this.record.class, name, work);
      this.#mailbox.offer(call);
    });
  }

  /**
   * Finishes what is in the mailbox now, stops its children, and ends. Takes nothing more.
   *
   * @returns Its end. Never rejects: what `onStop` throws is logged.
   */
  stop(reason: string): Promise<void> {
    if (this.state === "ended") return this.whenEnded;
    return (this.#stopped ??= new Promise((resolve, reject) => {
      // Where it is killed meanwhile, what it waits for may never come.
      this.#onEnd = resolve;
      this.#stop(reason).catch(reject);
    }));
  }

  /** As {@link stop}, of an actor that is made again when it is needed. */
  passivate(reason: string): Promise<void> {
    this.#isPassivating = true;
    return this.stop(reason);
  }

  /** Ends at once: what waits and what runs fails. */
  kill(reason: string): void {
    if (this.state === "ended") return;
    const { path } = this.record;
    this.#end(() => this.runtime.diedError(this.record, `${path} was killed: ${reason}.`));
    this.runtime.node.brain.ended(this.record.id, "died", reason);
  }

  /** As {@link kill}, of an actor that is made again: what has not begun waits for that. Reports nothing. */
  drop(reason: string): void {
    const { record } = this;
    const died = () => this.runtime.diedError(record, `${record.path} failed: ${reason}.`, record.revives);
    if (this.state !== "ended") this.#end(died, record.revives && (() => movedError(record)));
  }

  /** What it does later, while it lives. */
  get timers(): Timers {
    return (this.#timers ??= new Timers(this));
  }

  /** What it is to be reminded of, also when it was made again. */
  get reminders(): Reminders {
    return (this.#reminders ??= new Reminders(this));
  }

  /** Whether calls reach a method of that name. */
  has(method: string): boolean {
    return this.#method(method) !== undefined;
  }

  /** Calls one of its methods, as a message of its own. */
  remind(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.perform("reminder", () => this.#method(method)!.run.apply(this.instance, args as unknown[]));
  }

  onIdle(): void {
    this.#idleWatch?.note();
    if (this.#whenIdle && this.isIdle) this.#whenIdle();
  }

  onWait(mailbox: Mailbox, call: Call): void {
    this.runtime.deadlocks.onWait(mailbox, call);
  }

  async #start(args: readonly unknown[]): Promise<void> {
    const starting = (this.#starting = lifecycleCall(this, "onStart"));
    const { lookout } = this.runtime;
    const passage = lookout.passes(this, "starting", "its constructor and onStart()");
    const { isCallable, attach } = this.definition;
    try {
      const instance = (this.instance = shared.running.run(starting, makeInstance, this.definition, args));
      if (this.plan.persist) await (this.ledger ??= this.#newLedger()).load();
      // Only one that was made before has any.
      if (this.plan.persist || this.record.incarnation > 0) await this.reminders.load();
      if (!isCallable) {
        const { onStart, onMessage } = instance as Lifecycle;
        // They are called in place of those of its class.
        for (const name of Object.keys(instance)) this.#ownMethod(name);
        this.intercepts = typeof onMessage === "function";
        if (typeof onStart === "function") {
          this.#life = starting;
          await shared.running.run(starting, () => onStart.call(instance));
        }
      }
      if (attach) this.#attachment = await shared.running.run(starting, () => attach(instance, this));
      if (this.isEnded) throw new TroupeError("ERR_ACTOR_DIED", "It was killed while it started.");
    } catch (error) {
      this.#end(() => this.runtime.diedError(this.record, `${this.record.path} could not be made.`));
      throw error;
    } finally {
      this.#starting = undefined;
      endLifecycleCall(starting);
      lookout.passed(passage);
    }
    if (this.state === "starting") this.state = "live";
    if (this.plan.passivateAfter !== undefined) this.#watchIdleness(this.plan.passivateAfter);
    for (const mailbox of this.mailboxes()) mailbox.open();
  }

  async #stop(reason: string): Promise<void> {
    const { runtime, record } = this;
    const isStarting = this.state === "starting";
    this.state = "stopping";
    const passage = (this.#stopping = runtime.lookout.passes(this, "stopping", "what is in its mailbox"));
    if (isStarting) await this.#started?.catch(() => {});
    this.#life?.abort(runtime.diedError(record, `${record.path} is being stopped: ${reason}.`));
    if (!this.isIdle) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    if (this.hasChildren && !this.isEnded) {
      passage.at = "its children";
      await runtime.endings.stopChildren(this);
    }
    if (this.isEnded) return;
    passage.at = "its onStop()";
    try {
      if (this.#attachment) await this.#detach();
      const { onStop } = this.instance as Lifecycle;
      if (!this.definition.isCallable && typeof onStop === "function")
        await runLifecycle(this, "onStop", () => onStop.call(this.instance, reason));
      if (this.ledger || this.#reminders) await this.#flush();
      if (isResource(this.definition, this.instance)) await this.instance[Symbol.asyncDispose]();
    } catch (error) {
      runtime.node.log.error({ err: error, actor: record.path }, "an actor failed while it stopped");
    }
    if (this.isEnded) return;
    this.#end(() => runtime.diedError(record, `${record.path} was stopped: ${reason}.`));
    const { brain } = runtime.node;
    if (this.#isPassivating) brain.passivated(record.id);
    else brain.ended(record.id, "stopped", reason);
  }

  /** Stops when there was nothing to do for so long. What it is to be reminded of keeps it. */
  #watchIdleness(patience: number): void {
    this.#idleWatch = new IdleWatch(patience, () => {
      const isBusy = !this.isIdle || this.state !== "live" || (this.streams?.size ?? 0) > 0;
      if (isBusy || (this.#reminders?.size ?? 0) > 0) return false;
      void this.passivate(`it had nothing to do for ${patience} ms`);
      return true;
    });
  }

  /** Whether it is not there any more; a method, as its state changes while others wait. */
  get isEnded(): boolean {
    return this.state === "ended";
  }

  /** Settles when it is not there any more. */
  get whenEnded(): Promise<void> {
    return this.#stopped ?? Promise.resolve();
  }

  /** Messages that it has begun to handle. */
  get calls(): number {
    return [...this.mailboxes()].reduce((sum, { begun }) => sum + begun, 0);
  }

  /** Messages that wait. */
  get waiting(): number {
    return [...this.mailboxes()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Calls that have begun and wait for something. */
  get running(): readonly Call[] {
    return [...this.mailboxes()].flatMap(({ running }) => running);
  }

  /** Whether nothing of it runs or waits. */
  get isIdle(): boolean {
    if (this.#starting || !this.#mailbox.isIdle) return false;
    if (this.#beside) for (const mailbox of this.#beside) if (!mailbox.isIdle) return false;
    return true;
  }

  #end(reason: () => Error, unbegun = reason): void {
    this.state = "ended";
    this.runtime.remove(this);
    if (this.#stopping) this.runtime.lookout.passed(this.#stopping);
    this.#life?.abort(reason());
    for (const mailbox of this.mailboxes()) mailbox.kill(reason, unbegun);
    for (const stream of this.streams ?? []) stream.end(reason());
    this.ledger?.close(reason);
    this.#timers?.close();
    this.#reminders?.close();
    this.#idleWatch?.close();
    this.#whenIdle?.();
    this.#onEnd?.();
    this.instance = undefined;
    // Unless it was killed, that is done.
    if (this.#attachment) void this.#detach();
  }

  /** Saves its state; one that nobody can find by a name is not kept beyond the actor. */
  async #flush(): Promise<void> {
    const { ledger, record } = this;
    await ledger?.flush();
    if (this.#isPassivating || this.keptAs !== undefined) return;
    await Promise.all([ledger?.forget(), this.#reminders?.forgetAll()]).catch((error: unknown) => {
      this.runtime.node.log.warn(
        { err: error, actor: record.path },
        "what was kept of an actor could not be removed",
      );
    });
  }

  #newLedger(): Ledger {
    return new Ledger(this, this.plan.persist);
  }

  async #detach(): Promise<void> {
    const attachment = this.#attachment;
    this.#attachment = undefined;
    try {
      await attachment?.close();
    } catch (error) {
      const { path } = this.record;
      this.runtime.node.log.error({ err: error, actor: path }, "what an actor served besides did not close");
    }
  }

  #doNotKnow(call: Call): void {
    call.admit();
    call.fail(unknownMethod(this.record, this.plan, call.name));
  }

  /** Whether a call with a key needs not run. */
  #remembers(call: Call): boolean {
    return (this.ledger ??= this.#newLedger()).isKnown(call);
  }

  /** Takes a message that need not wait for those in the mailbox of all others. */
  #offerBeside(call: Call, { group }: Method, tunnel: string | undefined): void {
    const mailbox = tunnel === undefined ? this.#group(group!) : this.tunnel(tunnel)?.mailbox;
    if (mailbox) mailbox.offer(call);
    else call.refuse(tooManyTunnels(this.record));
  }

  #method(name: string): Method | undefined {
    return this.#ownMethods?.get(name) ?? this.plan.methods.get(name) ?? this.#ownMethod(name);
  }

  #ownMethod(name: string): Method | undefined {
    const method = this.instance && ownMethod(this.plan, this.instance, name);
    if (method) (this.#ownMethods ??= new Map()).set(name, method);
    return method;
  }

  #group(name: string): Mailbox {
    const plan = this.plan.groups.get(name);
    if (!plan) return this.#mailbox;
    this.#beside ??= new SideLanes(this.plan, this);
    return this.#beside.group(name, plan, this.state === "live");
  }
}
