import { inspect } from "node:util";

import { timeoutProblem, TroupeError, type WaitOptions } from "@troupe/core";
import { type ElementType } from "@troupe/shm";

import { Calls, type Kind } from "./call.js";
import { Conversation } from "./channel.js";
import { type ArrayOf, type NumberArray, shown, typeOf, types } from "./elements.js";
import { Lane } from "./lane.js";
import { type Members } from "./members.js";
import type { Memory } from "./memory.js";
import type { Ground } from "./operation.js";
import { perform } from "./perform.js";
import type { Reduction } from "./reduction.js";
import { type Algorithm, type Given, requestFor } from "./request.js";
import { SharedArrays } from "./shared-arrays.js";
import { Turns } from "./turns.js";
import { type Waiting } from "./waiting.js";

/** Options of an operation that gives a member something. */
export interface IntoOptions<T extends NumberArray> extends WaitOptions {
  /** The array for it, of the right type and length; a new one by default. */
  readonly into?: T | undefined;
}

/** Options of an operation in which one member gives or gets what the others do not. */
export interface RootOptions<T extends NumberArray> extends IntoOptions<T> {
  /** That member; 0 by default. */
  readonly root?: number | undefined;
}

/** Options of an operation that makes one value out of several. */
export interface ReduceOptions<T extends NumberArray> extends IntoOptions<T> {
  /** How: `sum` by default. */
  readonly op?: Reduction | undefined;
  /** On which way; `auto` by default. */
  readonly algorithm?: Algorithm | undefined;
}

/**
 * A member's part in a group; `collective()` gives it.
 *
 * All members call the same operations in the same order, each with arrays of the same type and length. Calls of a
 * member are done one after the other. An array that was given must not change until its call has settled.
 *
 * Every operation fails, in all members, with ERR_CONFIG when they call different ones or one was refused, and with
 * ERR_SCHEMA when their arrays differ: the group goes on after that. It is over when a member died or left
 * (ERR_PEER_LEFT), or gave an operation up (ERR_TIMEOUT, ERR_CANCELLED; ERR_PEER_LEFT in the others).
 */
export class CollectiveGroup {
  readonly name: string;
  readonly rank: number;
  readonly size: number;
  readonly #ground: Ground;
  readonly #lane = new Lane();
  readonly #lanes = new Map<string, { conversation: Conversation; lane: Lane }>();

  /** @internal */
  constructor(name: string, memory: Memory, members: Members, waiting: Waiting) {
    this.name = name;
    this.rank = members.rank;
    this.size = members.size;
    this.#ground = {
      memory,
      members,
      waiting,
      turns: new Turns(memory, members, waiting),
      calls: new Calls(memory, members.rank),
      arrays: new SharedArrays(),
    };
  }

  /**
   * An array of zeros in shared memory, which the others reach: what is given and got in such arrays is copied once
   * at most. It is there as long as somebody has it.
   *
   * @param length Elements.
   * @throws ERR_STORE_FULL, ERR_CONFIG, ERR_CLOSED
   */
  alloc<T extends ElementType>(type: T, length: number): ArrayOf<T> {
    this.#ground.members.checkOpen();
    if (!types.includes(type))
      throw new TroupeError("ERR_CONFIG", `alloc: type is one of ${types.join(", ")}, not ${inspect(type)}.`);
    if (!Number.isSafeInteger(length) || length < 0)
      throw new TroupeError(
        "ERR_CONFIG",
        `alloc: length is a whole number from 0 on, not ${inspect(length)}.`,
      );
    return this.#ground.arrays.make(type, length);
  }

  /** Settles when all members have called it. */
  async barrier(options: WaitOptions = {}): Promise<void> {
    await this.#perform("barrier", undefined, options);
  }

  /**
   * The root's array for all: the others' arrays are filled with it, or they get new ones where they give none.
   *
   * @returns The array, filled.
   */
  async broadcast<T extends NumberArray>(array?: T, options: Omit<RootOptions<T>, "into"> = {}): Promise<T> {
    return (await this.#perform("broadcast", array, options)) as T;
  }

  /** The arrays of all, reduced element by element, for the root; `undefined` for the others. */
  async reduce<T extends NumberArray>(
    array: T,
    options: ReduceOptions<T> & RootOptions<T> = {},
  ): Promise<T | undefined> {
    return (await this.#perform("reduce", array, options)) as T | undefined;
  }

  /**
   * The arrays of all, reduced element by element, for all: the same bits for each. `into` may be the array itself.
   */
  async allreduce<T extends NumberArray>(array: T, options: ReduceOptions<T> = {}): Promise<T> {
    return (await this.#perform("allreduce", array, options)) as T;
  }

  /** The arrays of all, one after the other by rank, for the root; `undefined` for the others. */
  async gather<T extends NumberArray>(array: T, options: RootOptions<T> = {}): Promise<T | undefined> {
    return (await this.#perform("gather", array, options)) as T | undefined;
  }

  /** The arrays of all, one after the other by rank, for all. */
  async allgather<T extends NumberArray>(array: T, options: IntoOptions<T> = {}): Promise<T> {
    return (await this.#perform("allgather", array, options)) as T;
  }

  /** Of the root's array, which has `size` parts, the part of this member; what the others give does not matter. */
  async scatter<T extends NumberArray>(array?: T, options: RootOptions<T> = {}): Promise<T> {
    return (await this.#perform("scatter", array, options)) as T;
  }

  /** Of the arrays of all, which have `size` parts each, reduced element by element, the part of this member. */
  async reduceScatter<T extends NumberArray>(
    array: T,
    options: Omit<ReduceOptions<T>, "algorithm"> = {},
  ): Promise<T> {
    return (await this.#perform("reduceScatter", array, options)) as T;
  }

  /** Of the arrays of all, which have `size` parts each, the parts of this member, one after the other by rank. */
  async allToAll<T extends NumberArray>(array: T, options: IntoOptions<T> = {}): Promise<T> {
    return (await this.#perform("allToAll", array, options)) as T;
  }

  /**
   * A message to one member, which takes it by {@link receive}. It settles when the message is on its way: a small one
   * needs no wait for the receiver. Between two members messages keep their order; the operations of all do not matter
   * to them.
   *
   * @throws ERR_PEER_LEFT, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED, ERR_CONFIG
   */
  async send(array: NumberArray, { to, ...wait }: WaitOptions & { readonly to: number }): Promise<void> {
    if (typeOf(array) === undefined) {
      throw new TroupeError(
        "ERR_CONFIG",
        `send: what is given is a typed array of ${types.join(", ")}, not ${shown(array)}.`,
      );
    }
    const { conversation, lane } = this.#conversation("to", to, wait);
    await lane.run(() => conversation.send(array, wait));
  }

  /**
   * The next message of one member.
   *
   * @throws ERR_SCHEMA when `into` is of another type or length: the message stays there; else as {@link send}. What
   * a member sent before it left is received still.
   */
  async receive<T extends NumberArray = NumberArray>({
    from,
    into,
    ...wait
  }: IntoOptions<T> & { readonly from: number }): Promise<T> {
    const { conversation, lane } = this.#conversation("from", from, wait);
    return (await lane.run(() => conversation.receive(into, wait))) as T;
  }

  /**
   * Leaves the group, which is over then. What is under way here fails with ERR_CLOSED. Arrays of {@link alloc} stay
   * usable. Idempotent.
   */
  close(): void {
    const { memory, members, arrays } = this.#ground;
    if (members.isClosed) return;
    members.leave();
    arrays.close();
    if (this.rank === 0) memory.unlink();
    memory.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  async #perform(kind: Kind, array: unknown, given: Given): Promise<unknown> {
    const ground = this.#ground;
    const { members } = ground;
    members.checkOpen();
    const request = requestFor(ground, kind, array, given);
    return this.#lane.run(async () => {
      members.checkOpen();
      const over = members.over();
      if (over !== undefined) throw over;
      let result: unknown;
      try {
        // One that was refused waits for the others as long as it takes.
        result = await perform(ground, request, request.problem === undefined ? given : {});
      } catch (error) {
        members.giveUp(error);
        throw error;
      }
      if (result instanceof TroupeError) throw result;
      return result;
    });
  }

  #conversation(direction: "to" | "from", peer: number, { timeout }: WaitOptions) {
    this.#ground.members.checkOpen();
    const problem = timeoutProblem(timeout);
    if (problem !== undefined) throw problem;
    if (!Number.isInteger(peer) || peer < 0 || peer >= this.size || peer === this.rank) {
      throw new TroupeError(
        "ERR_CONFIG",
        `${direction} is the rank of another member, from 0 to ${this.size - 1} and not ${this.rank}, which ${inspect(peer)} is not.`,
      );
    }
    const key = `${direction} ${peer}`;
    let known = this.#lanes.get(key);
    if (known === undefined) {
      known = { conversation: new Conversation(this.#ground, direction, peer), lane: new Lane() };
      this.#lanes.set(key, known);
    }
    return known;
  }
}
