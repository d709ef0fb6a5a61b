import type { Proxy } from "@troupe/dist";

import type { Messages, Policy, Rollout } from "./messages.js";
import { dimensions } from "./problem.js";

/** Standard deviation of the noise that actors add to the weights. */
export const noiseScale = 0.1;
const learningRate = 0.3;
/** Milliseconds that stragglers have to send their score once enough others did. */
const scoreGrace = 20;

/** How far a run is. */
export interface Progress {
  readonly version: number;
  /** Mean return of the rollouts of the latest update. */
  readonly reward: number;
  readonly actors: number;
}

/** What a run came to. */
export interface Summary {
  readonly versions: number;
  readonly rollouts: number;
  /** Rollouts of a policy older than the one before the latest, which were not learnt from. */
  readonly stale: number;
  /** Mean return of the rollouts of the first update. */
  readonly first: number;
  /** Mean return of the last policy, over the actors that were asked in time. */
  readonly score: number;
  readonly scores: number;
  readonly actors: number;
}

/**
 * Learns from whatever rollouts come first, by the evolution strategy of Salimans et al. (2017): moves
 * the weights along the noise of each rollout, weighted by how much better than average its return was.
 */
export class Learner {
  weights = new Float32Array(dimensions);
  version = 0;
  rollouts = 0;
  stale = 0;
  first: number | undefined;
  summary: Summary | undefined;

  /**
   * @param versions Updates after which the run ends.
   * @param onProgress Told of each update.
   */
  constructor(
    readonly versions: number,
    private readonly onProgress: (progress: Progress) => void,
  ) {}

  get policy(): Policy {
    return { version: this.version, weights: this.weights };
  }

  async onStart(proxy: Proxy<Messages>): Promise<void> {
    await proxy.broadcast("actor", { type: "policy", body: this.policy });
  }

  /** Learns from rollouts and sends the new policy out, or sums up when it is the last. */
  async update(proxy: Proxy<Messages>, rollouts: readonly Rollout[]): Promise<void> {
    if (this.summary) return;
    this.rollouts += rollouts.length;
    const fresh = rollouts.filter(({ version }) => version >= this.version - 1);
    this.stale += rollouts.length - fresh.length;
    this.#learn(fresh);
    this.version++;
    const reward = mean(rollouts.map(({ reward }) => reward));
    this.first ??= reward;
    this.onProgress({
      version: this.version,
      reward,
      actors: proxy.peers.get("actor")?.length ?? 0,
    });
    if (this.version >= this.versions) await this.#finish(proxy);
    else await proxy.broadcast("actor", { type: "policy", body: this.policy });
  }

  #learn(rollouts: readonly Rollout[]): void {
    if (rollouts.length === 0) return;
    const rewards = rollouts.map(({ reward }) => reward);
    const average = mean(rewards);
    const deviation = Math.sqrt(mean(rewards.map((reward) => (reward - average) ** 2))) || 1;
    const step = (learningRate * noiseScale) / rollouts.length;
    for (const { noise, reward } of rollouts) {
      const advantage = (reward - average) / deviation;
      for (let i = 0; i < this.weights.length; i++) this.weights[i]! += step * advantage * noise[i]!;
    }
  }

  /** Has the last policy scored, without waiting for stragglers. */
  async #finish(proxy: Proxy<Messages>): Promise<void> {
    const actors = proxy.peers.get("actor")?.length ?? 0;
    const replies = await proxy.ask(
      "actor",
      { type: "evaluate", body: this.policy },
      { min: Math.ceil(actors / 2), grace: scoreGrace, timeout: 30_000 },
    );
    const scores = replies.map(({ body }) => (body as Messages["score"]).reward);
    const { versions, rollouts, stale, first = NaN } = this;
    this.summary = { versions, rollouts, stale, first, score: mean(scores), scores: scores.length, actors };
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}
