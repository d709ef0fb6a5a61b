import type { ActorRecord, Grant, PlaceRequest } from "@troupe/cluster";
import {
  cancelledError,
  decode,
  encode,
  isThenable,
  isTroupeError,
  timeLeft,
  timeoutProblem,
  TroupeError,
  type WaitOptions,
  withDeadline,
} from "@troupe/core";

import { Cell } from "../cell/cell.js";
import { creationTerms, given } from "../definition/creation-terms.js";
import { type ActorDefinition, planWith } from "../definition/definition.js";
import { loadDefinition } from "../definition/load-definition.js";
import {
  type ActorOptions,
  type BehaviourOptions,
  checkActorOptions,
  type CreateOptions,
} from "../definition/options.js";
import type { ActorPlan } from "../definition/plan.js";
import { shared } from "../shared.js";
import { forgetKept, type KeptAs } from "../state/kept-as.js";
import { heedGrant } from "./heed-grant.js";
import type { ActorRuntime } from "./runtime.js";

const createOp = "create";

/** What an actor is made of. */
interface Description {
  readonly module: string;
  readonly class: string;
  readonly args: readonly unknown[];
  /** In place of what its class says. */
  readonly options?: BehaviourOptions;
  /** The name, with its namespace, under which its state is kept. */
  readonly keptAs?: KeptAs;
}

/** What the process of a new actor is told. */
interface CreateRequest extends Description {
  readonly record: ActorRecord;
  readonly parent?: ActorRecord;
  readonly grant?: Grant;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Makes actors: here, or where the brain places them. */
export class Creator {
  constructor(private readonly runtime: ActorRuntime) {
    runtime.node.serve(createOp, (request) => this.#makeAsked(request as CreateRequest));
  }

  /**
   * Makes an actor and gives the reference to it. Within an actor it becomes that one's child.
   *
   * @param options Before those of its class.
   * @throws ERR_ACTOR_START with the cause when it cannot start, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE,
   *   ERR_CONFIG, ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE; of one that waits for resources ERR_DEADLOCK, and
   *   ERR_CANCELLED when it is given up; ERR_TIMEOUT. In each case nothing of it is left.
   */
  async create(
    definition: ActorDefinition,
    args: readonly unknown[],
    options?: CreateOptions,
  ): Promise<object> {
    const { node, references } = this.runtime;
    const creator = shared.running.getStore()?.cell;
    if (!creator && shared.importing > 0) throw importingError(definition.name, node.name);
    const { signal, timeout, ...rest } = options ?? {};
    const isBounded = signal !== undefined || timeout !== undefined;
    const left = isBounded ? boundOf(definition.name, { signal, timeout }) : undefined;
    const own = options && checkActorOptions(definition.name, rest);
    const terms = own ? creationTerms({ ...definition.options, ...own }) : definition.terms;
    const behaviour = own && behaviourOf(own);
    const plan = planWith(definition, behaviour);
    const { asked, revival, keptAs } = terms;
    const request: Mutable<PlaceRequest> = { class: definition.name, creator: node.name, ...asked };
    if (creator) request.parent = creator.record.id;
    if (revival)
      request.revival = { ...revival, recipe: recipeFor(definition, args, behaviour, keptAs, node.name) };
    const placing = node.brain.place(request, left?.());
    const { record, existing, grant } = isThenable(placing) ? await placing : placing;
    if (terms.fresh && keptAs && !existing) await this.#forget(record, keptAs);
    if (existing || asked.lazy) return references.to(record, definition.isCallable, definition);
    if (creator && asked.detached) (creator.detached ??= new Set()).add(record.id);
    else if (creator) creator.hasChildren = true;
    try {
      const making =
        record.pool === node.name
          ? this.#make(record, definition, args, plan, creator?.record, keptAs)
          : this.#ask(
              record,
              describe(definition, args, behaviour, keptAs, record.pool, node.name),
              creator?.record,
              grant,
            );
      await (left ? this.#bounded(record, making, left()) : making);
    } catch (error) {
      node.brain.failed(record.id);
      throw startError(definition.name, record, error);
    }
    node.brain.started(record.id);
    return references.to(record, definition.isCallable, definition);
  }

  /**
   * Makes an actor again.
   *
   * @param recipe As it was given to the brain.
   */
  async remake(
    record: ActorRecord,
    recipe: unknown,
    parent: ActorRecord | undefined,
    grant: Grant | undefined,
  ): Promise<void> {
    await this.#ask(record, decode(recipe as Uint8Array) as Description, parent, grant);
  }

  /** What is made when nobody waits for it any more is done away with. @throws ERR_TIMEOUT, ERR_CANCELLED */
  async #bounded(record: ActorRecord, making: Promise<unknown>, wait: WaitOptions): Promise<void> {
    const drop = () => this.runtime.endings.drop(record, "it was given up while it started").catch(() => {});
    let isMade = false;
    try {
      await withDeadline(`making ${record.path} in ${record.pool}`, making, wait);
      isMade = true;
    } finally {
      if (!isMade) void drop().then(() => making.then(drop, () => {}));
    }
  }

  /** Lets a new actor begin without what is kept under its name. @throws What the storage throws. */
  async #forget(record: ActorRecord, keptAs: KeptAs): Promise<void> {
    try {
      await forgetKept({ runtime: this.runtime, record, keptAs });
    } catch (error) {
      this.runtime.node.brain.ended(record.id, "died", "what was kept of it could not be removed");
      throw error;
    }
  }

  /** Has its process make it. */
  #ask(
    record: ActorRecord,
    description: Description,
    parent: ActorRecord | undefined,
    grant: Grant | undefined,
  ): Promise<unknown> {
    const { node } = this.runtime;
    const request: Mutable<CreateRequest> = { record, ...description };
    if (parent) request.parent = parent;
    if (grant) request.grant = grant;
    return record.pool === node.name
      ? this.#makeAsked(request)
      : node.request(record.pool, createOp, request);
  }

  #makeAsked(request: CreateRequest): Promise<void> {
    const { record, parent, module, class: name, args, options, keptAs, grant } = request;
    if (grant) heedGrant(grant);
    const make = (definition: ActorDefinition) =>
      this.#make(record, definition, args, planWith(definition, options), parent, keptAs);
    const known = shared.definitions.at(module, name);
    return known ? make(known) : loadDefinition(module, name, this.runtime.node.importer).then(make);
  }

  async #make(
    record: ActorRecord,
    definition: ActorDefinition,
    args: readonly unknown[],
    plan: ActorPlan,
    parent: ActorRecord | undefined,
    keptAs: KeptAs | undefined,
  ): Promise<void> {
    const cell = new Cell(this.runtime, record, definition, plan, parent, keptAs);
    this.runtime.add(cell);
    try {
      await cell.start(args);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new TroupeError(
        "ERR_ACTOR_START",
        `${definition.name} could not be made in ${record.pool}: ${text}`,
        {
          cause: error,
          retryable: isTroupeError(error) && error.retryable,
          details: { class: definition.name, pool: record.pool, path: record.path },
        },
      );
    }
  }
}

/** How long making one may take. @throws ERR_CONFIG for a time that is none, ERR_CANCELLED by a signal that aborted. */
function boundOf(name: string, wait: WaitOptions): () => WaitOptions {
  const problem = timeoutProblem(wait.timeout);
  if (problem) throw problem;
  if (wait.signal?.aborted) throw cancelledError(`making ${name}`, wait.signal);
  return timeLeft(wait);
}

/**
 * @param pool That is to make it.
 * @param here The name of this process.
 * @throws ERR_MODULE, ERR_NAME_TAKEN for a class that it could not find.
 */
function describe(
  { name, module, target }: ActorDefinition,
  args: readonly unknown[],
  options: BehaviourOptions | undefined,
  keptAs: KeptAs | undefined,
  pool: string,
  here: string,
): Description {
  if (module === undefined) {
    throw new TroupeError(
      "ERR_MODULE",
      `${pool} cannot import ${name}, as it was defined without a module; give import.meta, or place it in this process, as { pool: "${here}" }.`,
      { details: { class: name, pool } },
    );
  }
  if (shared.definitions.at(module, name)?.target !== target) throw ambiguousError(name, module);
  const description: Mutable<Description> = { module, class: name, args };
  if (options) description.options = options;
  if (keptAs) description.keptAs = keptAs;
  return description;
}

/** What the brain keeps to have an actor made again: bytes, so that what becomes of the arguments here does not matter. */
function recipeFor(
  definition: ActorDefinition,
  args: readonly unknown[],
  options: BehaviourOptions | undefined,
  keptAs: KeptAs | undefined,
  here: string,
): Uint8Array {
  return encode(describe(definition, args, options, keptAs, "a pool", here));
}

/** Of the options those that its own process has to know. */
function behaviourOf(options: ActorOptions): BehaviourOptions | undefined {
  const { mailbox, concurrency, reentrant, isolate, methods, persist, passivateAfter } = options;
  const own = given({ mailbox, concurrency, reentrant, isolate, methods, persist, passivateAfter });
  return Object.keys(own).length > 0 ? own : undefined;
}

/** A pool that dies while it makes an actor is why that could not start. */
function startError(name: string, { pool, path }: ActorRecord, error: unknown): unknown {
  if (!isTroupeError(error, "ERR_ACTOR_DIED")) return error;
  return new TroupeError("ERR_ACTOR_START", `${name} could not be made in ${pool}: ${error.message}`, {
    cause: error,
    retryable: true,
    details: { ...error.details, class: name, pool, path },
  });
}

function importingError(name: string, pool: string): TroupeError {
  return new TroupeError(
    "ERR_MODULE",
    `A module that ${pool} imports makes an actor, ${name}, while it is imported; that would happen in every pool. Put that part of it into main(async () => { … }).`,
    { details: { class: name, pool } },
  );
}

/** Pools would make the one that was defined last, whichever is meant. */
function ambiguousError(name: string, module: string): TroupeError {
  return new TroupeError(
    "ERR_NAME_TAKEN",
    `${module} defines two classes named ${name}, which pools cannot tell apart; give each a name of its own.`,
    { details: { class: name, module } },
  );
}
