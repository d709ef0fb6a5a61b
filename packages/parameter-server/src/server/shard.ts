import { defineActor } from "@troupe/actors";
import { numberSequence, type Tensors } from "@troupe/core";
import { type ObjectRef, objects, type StoredValue } from "@troupe/objects";

import { Learner } from "../learn/learner.js";
import type { OptimizerOptions } from "../learn/optimizer.js";
import { own } from "../version/own.js";

/** A part that a shard keeps; what is small is kept in the records themselves. */
interface Kept {
  readonly ref: ObjectRef | undefined;
  /** Versions that it is in: one that was duplicated is in several. */
  holders: number;
}

/** A step of learning. */
export interface Step {
  readonly tag: string;
  /** The version that it begins from, and its part. */
  readonly from: number;
  readonly part: StoredValue;
  /** The version that it makes. */
  readonly to: number;
  /** Parts of gradients, taken over. */
  readonly gradients: readonly StoredValue[];
}

/**
 * Keeps its part of each version, whose memory goes with the process that it is in, and changes it by gradients. One of
 * several is an actor; where there is one it is within the captain.
 */
export class ParameterShard {
  readonly #kept = new Map<number, Kept>();
  readonly #learners = new Map<string, Learner>();
  /** Not those of a shard that this one is in the place of. */
  readonly #nextId = numberSequence();

  constructor(private readonly optimizer: OptimizerOptions) {}

  /** All memory that it has is used again. */
  onStop(): void {
    for (const { ref } of this.#kept.values()) ref?.release();
  }

  /** Takes a part over from whoever stored it. */
  take(part: StoredValue): number {
    const id = this.#nextId();
    this.#kept.set(id, { ref: own(part), holders: 1 });
    return id;
  }

  /** One more version has that part. */
  share(id: number): void {
    const kept = this.#kept.get(id);
    if (kept) kept.holders++;
  }

  /** A version that has that part is not kept any more. */
  release(id: number): void {
    const kept = this.#kept.get(id);
    if (!kept || --kept.holders > 0) return;
    this.#kept.delete(id);
    kept.ref?.release();
  }

  /** Brings a part to the stores of other hosts, through a tree. */
  async spread(id: number, agents: readonly string[], fanout: number): Promise<void> {
    const ref = this.#kept.get(id)?.ref;
    if (ref) await objects.broadcast(ref, agents, { fanout });
  }

  /** Does away with a part that was stored for nobody. */
  discard(part: StoredValue): void {
    own(part)?.release();
  }

  /** Changes its part of a version by the mean of gradients, and keeps what comes of it. @throws ERR_OBJECT_LOST */
  async step({ tag, from, part, to, gradients }: Step): Promise<{ id: number; part: StoredValue }> {
    const owned = gradients.map(own);
    try {
      let learner = this.#learners.get(tag);
      if (!learner) this.#learners.set(tag, (learner = new Learner(this.optimizer)));
      const opened = (await Promise.all(gradients.map((gradient) => objects.load(gradient)))) as Tensors[];
      if (!learner.isAt(from)) learner.load((await objects.load(part)) as Tensors);
      const { stored } = await objects.store(learner.step(opened, to));
      return { id: this.take(stored), part: stored };
    } finally {
      for (const ref of owned) ref?.release();
    }
  }

  /** There is no such tag any more. */
  forget(tag: string): void {
    this.#learners.delete(tag);
  }
}

defineActor(ParameterShard, { module: import.meta.url });
