import type { ActorOptions, Remote } from "@troupe/actors";

import { dist } from "../dist.js";
import { Queue, type QueueOptions } from "./queue.js";

/** Makes queues that are actors. */
export interface QueueFactory {
  /** Makes one in a pool. @throws As `create` of any distributed class. */
  create<T = unknown>(capacity?: number, options?: QueueOptions): Promise<Remote<Queue<T>>>;
}

/** {@link Queue} as `dist()` makes it: `new` for a queue of this process, `create()` for an actor. */
export interface QueueClass extends QueueFactory {
  new <T = unknown>(capacity?: number, options?: QueueOptions): Queue<T>;
  readonly prototype: Queue<unknown>;
  /** With options of an actor: a `name`, a `pool`. */
  with(options: ActorOptions): QueueFactory;
  /** The living queue of that name. @throws ERR_ACTOR_NOT_FOUND */
  get<T = unknown>(
    name: string,
    options?: { readonly namespace?: string | undefined },
  ): Promise<Remote<Queue<T>>>;
  /** The living queue of that path, or of that name; `undefined` when there is none. */
  find<T = unknown>(path: string): Promise<Remote<Queue<T>> | undefined>;
}

/** Nobody is to be told that they take long: they wait for others. */
const waits = { slowCall: 0 };

export const DistributedQueue = dist(Queue, import.meta, {
  // A get that waits is not to keep a put from running.
  concurrency: "unbounded",
  methods: { put: waits, putAll: waits, get: waits },
}) as unknown as QueueClass;

export type DistributedQueue<T> = Queue<T>;
