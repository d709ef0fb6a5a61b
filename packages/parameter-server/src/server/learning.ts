import { isTroupeError, TroupeError, uniqueId } from "@troupe/core";

import { type Aggregate, stalenessOf } from "../learn/aggregate.js";
import { Round } from "../learn/round.js";
import { assertSameForm, learnable } from "../version/form.js";
import type { Shards } from "./shards.js";
import type { Shelf } from "./shelf.js";
import type { Shelves } from "./shelves.js";
import type { Upload } from "./update.js";

/** Makes versions of gradients. */
export class Learning {
  readonly #rounds = new Map<string, Round>();

  /** @param mend Has a version back whose memory is lost. */
  constructor(
    private readonly aggregate: Aggregate,
    private readonly shelves: Shelves,
    private readonly shards: Shards,
    private readonly mend: Mend,
  ) {}

  /**
   * Takes gradients, and gives the version that comes of them.
   *
   * @param base The version with which they were computed.
   * @param signal Takes them back while they wait for others.
   * @throws ERR_SCHEMA, ERR_CONFIG, ERR_TIMEOUT
   */
  async apply(tag: string, upload: Upload, base: number, signal: AbortSignal): Promise<number> {
    try {
      const shelf = this.shelves.existing(tag);
      assertSameForm(`the gradients for "${tag}"`, learnable(shelf.form!), upload.form);
      this.#checkBase(tag, shelf, base, upload.id);
    } catch (error) {
      this.shards.discard(upload);
      throw error;
    }
    const { aggregate } = this;
    if (aggregate.kind === "synchronous") return this.#round(tag, aggregate).add(upload, signal);
    return this.#learn(tag, [upload], upload.id, base);
  }

  #round(tag: string, { workers, timeout }: Aggregate & { readonly kind: "synchronous" }): Round {
    let round = this.#rounds.get(tag);
    if (!round) {
      const learn = (uploads: readonly Upload[]) => this.#learn(tag, uploads, uniqueId());
      round = new Round(tag, workers, timeout, learn, (upload) => this.shards.discard(upload));
      this.#rounds.set(tag, round);
    }
    return round;
  }

  /**
   * Takes a step by the mean of gradients.
   *
   * @param id Of the version that it makes; when there is one of it, these gradients were applied before.
   * @param base The version with which they were computed, where what came meanwhile counts.
   */
  #learn(tag: string, uploads: readonly Upload[], id: string, base?: number): Promise<number> {
    return this.shelves.of(tag).turn(async () => {
      let shelf: Shelf;
      try {
        shelf = this.shelves.existing(tag);
        if (base !== undefined) this.#checkBase(tag, shelf, base, id);
      } catch (error) {
        for (const upload of uploads) this.shards.discard(upload);
        throw error;
      }
      const known = shelf.withId(id);
      if (known) return known.record.version;
      const { record } = shelf.latest!;
      const version = shelf.newest + 1;
      const stepped = await this.shards.step(record, version, uploads).catch(async (error: unknown) => {
        if (!isTroupeError(error, "ERR_OBJECT_LOST")) throw error;
        await this.mend(tag, record.version, record.parts);
        const text = `The parameters of "${tag}" were lost with their process, and are there again.`;
        throw new TroupeError("ERR_ACTOR_DIED", text, { cause: error });
      });
      shelf.newest = version;
      const parts = stepped.map(({ part }) => part);
      const next = { ...record, version, id, time: Date.now(), info: undefined, parts };
      this.shelves.add(shelf, shelf.form!, { record: next, parts: stepped.map((each) => each.id) });
      return version;
    });
  }

  /** @throws ERR_CONFIG for a version that never was, and, retryable, for one that is too old. */
  #checkBase(tag: string, shelf: Shelf, base: number, id: string): void {
    const staleness = stalenessOf(this.aggregate);
    const { version } = shelf.latest!.record;
    const isOne = base >= 1 && base <= version;
    if ((isOne && version - base <= staleness) || shelf.withId(id)) return;
    const problem = isOne
      ? `is ${version - base} behind the newest, ${version}; ${staleness} are allowed. Pull it, and compute them anew`
      : `never was: the newest is ${version}`;
    throw new TroupeError(
      "ERR_CONFIG",
      `Version ${base} of "${tag}", with which gradients were computed, ${problem}.`,
      { retryable: isOne, details: { tag, baseVersion: base, version, staleness } },
    );
  }
}

type Mend = (tag: string, version: number, at: Upload["parts"]) => Promise<void>;
