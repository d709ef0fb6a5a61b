import { type ActorContext, actorOf, type Remote, watch } from "@troupe/actors";
import { isTroupeError } from "@troupe/core";
import { isPlace, type StoredValue } from "@troupe/objects";

import type { OptimizerOptions } from "../learn/optimizer.js";
import type { VersionRecord } from "../version/version.js";
import { ParameterShard } from "./shard.js";
import type { Upload } from "./update.js";

/** What a shard made in a step: by which it knows its part, and where that is. */
export type Stepped = Awaited<ReturnType<ParameterShard["step"]>>;

/** A shard, here or an actor. */
type ShardPort = {
  readonly [M in "take" | "share" | "release" | "spread" | "discard" | "step" | "forget"]: (
    ...args: Parameters<ParameterShard[M]>
  ) => Awaited<ReturnType<ParameterShard[M]>> | Promise<Awaited<ReturnType<ParameterShard[M]>>>;
};

/** The shards of a server: each has one part of each version. */
export class Shards {
  #ports: readonly ShardPort[] = [];
  #actors: readonly Remote<ParameterShard>[] = [];
  /** The one within this process, if it is one. */
  #own: ParameterShard | undefined;

  /** Where those are that are actors. */
  get pools(): string[] {
    return this.#actors.map((shard) => actorOf(shard).pool);
  }

  /**
   * Makes them: within this process when there is one, else as children of the captain. Those of a captain that was lost
   * have ended with it.
   *
   * @param apart Pools that they are not in while there are others.
   * @param onLost Told that one was made again, and so has lost its parts of all versions.
   */
  async start(
    count: number,
    optimizer: OptimizerOptions,
    captain: ActorContext,
    apart: readonly string[],
    onLost: () => Promise<void>,
  ): Promise<void> {
    if (count === 1) {
      this.#own = new ParameterShard(optimizer);
      this.#ports = [this.#own];
      return;
    }
    const placement = { policy: "antiAffinity", value: { pools: apart } };
    const make = () =>
      captain.create(ParameterShard, [optimizer], { restarts: { max: Infinity }, placement });
    const made = await Promise.all(Array.from({ length: count }, make));
    this.#ports = this.#actors = made;
    for (const shard of made) void guard(shard, onLost);
  }

  /** The server has ended. Shards that are actors stop by themselves. */
  stop(): void {
    this.#own?.onStop();
  }

  /** Takes the parts of a version over. @returns By what the shards know them. */
  take(parts: readonly StoredValue[]): Promise<number[]> {
    return Promise.all(parts.map(async (part, index) => this.#ports[index]!.take(part)));
  }

  /** One more version has these parts. */
  share(parts: readonly number[]): void {
    parts.forEach((part, index) => unheard(this.#ports[index]!.share(part)));
  }

  release(parts: readonly number[]): void {
    parts.forEach((part, index) => unheard(this.#ports[index]!.release(part)));
  }

  /**
   * Brings the parts of a version to hosts before their officers open them, so that not all fetch them of one. Never
   * rejects: what did not get somewhere is fetched.
   *
   * @param agents The processes that have the stores of these hosts.
   */
  async spread(
    { parts: places }: VersionRecord,
    parts: readonly number[],
    agents: readonly string[],
    fanout: number,
  ): Promise<void> {
    const spreading = places.map(async (place, index) => {
      const others = isPlace(place) ? agents.filter((agent) => agent !== place[2]) : [];
      if (others.length > 1) await this.#ports[index]!.spread(parts[index]!, others, fanout);
    });
    await Promise.allSettled(spreading);
  }

  /** Does away with what was stored for nobody. */
  discard({ parts }: Upload): void {
    parts.forEach((part, index) => unheard(this.#ports[index]!.discard(part)));
  }

  /** All take the step, or the version is not there. @throws ERR_OBJECT_LOST when one has lost its part */
  async step(
    { tag, version, parts }: VersionRecord,
    to: number,
    uploads: readonly Upload[],
  ): Promise<readonly Stepped[]> {
    const outcomes = await Promise.allSettled(
      this.#ports.map(async (shard, index) => {
        const gradients = uploads.map((upload) => upload.parts[index]!);
        return shard.step({ tag, from: version, part: parts[index]!, to, gradients });
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (!failed) return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<Stepped>).value);
    outcomes.forEach((outcome, index) => {
      if (outcome.status === "fulfilled") unheard(this.#ports[index]!.release(outcome.value.id));
    });
    throw failed.reason;
  }

  /** There is no such tag any more. */
  forget(tag: string): void {
    for (const shard of this.#ports) unheard(shard.forget(tag));
  }
}

async function guard(shard: Remote<ParameterShard>, onLost: () => Promise<void>): Promise<void> {
  try {
    for await (const event of watch(shard)) if (event === "restarted") await onLost();
  } catch (error) {
    if (!isTroupeError(error)) throw error;
  }
}

/** Of a shard that is lost nothing is to be given back. */
function unheard(told: unknown): void {
  if (told instanceof Promise) told.catch(() => {});
}
