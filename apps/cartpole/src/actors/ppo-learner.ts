import { context, dist, get, type ParameterServer, type Remote } from "@troupe/dist";
import { loadTensorFlow } from "@troupe/tfjs";

import { PpoLearner as Learner } from "../algorithms/ppo.js";
import { latestCheckpoint } from "../checkpoint.js";
import { type Plan, policyTag } from "../plan.js";
import type { PolicyInfo } from "../playing/policy.js";
import { joined } from "../playing/rollout.js";
import type { Round } from "../progress/round.js";
import { randomOf } from "../random.js";
import type { PpoRunner } from "./ppo-runner.js";

/** Learns from rollouts by proximal policy optimisation. One that is made again goes on from the last checkpoint. */
export class PpoLearner {
  readonly #plan: Plan;
  readonly #seed: number;
  readonly #policies: ParameterServer;
  #learner!: Learner;
  #gradients = 0;
  #version = 0;

  constructor(plan: Plan, seed: number, policies: ParameterServer) {
    this.#plan = plan;
    this.#seed = seed;
    this.#policies = policies;
  }

  async onStart(): Promise<void> {
    const options = { observation: 4, actions: 2, seed: this.#plan.seed };
    this.#learner = new Learner(await loadTensorFlow(), options, randomOf(this.#seed, 0));
    const checkpoint = await latestCheckpoint(this.#plan.folder);
    if (checkpoint) {
      await this.#learner.restore(checkpoint.learner);
      this.#gradients = checkpoint.history.gradients;
    }
    await this.#push(checkpoint?.history.steps ?? 0);
  }

  /**
   * Has the runners play, learns from what they bring, and so on, until all steps are made.
   *
   * @param steps Steps of the environment that were made already.
   */
  async *rounds(runners: readonly Remote<PpoRunner>[], steps: number): AsyncGenerator<Round> {
    const { signal } = context();
    for (let saved = steps; steps < this.#plan.steps;) {
      const played = runners.map((runner) => runner.rollout.remote(this.#version));
      const rollout = joined(await get(played, { signal }));
      for (const ref of played) ref.release();
      const left = 1 - steps / this.#plan.steps;
      const { loss, gradients } = this.#learner.learn(rollout, left);
      this.#gradients += gradients;
      steps += rollout.action.length;
      const isDue = steps - saved >= this.#plan.checkpointEvery;
      if (isDue) saved = steps;
      const state = isDue ? await this.#learner.state() : undefined;
      await this.#push(steps);
      yield { version: this.#version, steps, gradients, loss, episodes: rollout.episodes, state };
    }
  }

  async #push(steps: number): Promise<void> {
    const info: PolicyInfo = { steps, gradients: this.#gradients };
    this.#version = await this.#policies.push(policyTag, await this.#learner.weights(), { info });
  }
}

/** PpoLearners as actors. */
export const PpoLearnerActor = dist(PpoLearner, import.meta, { restarts: 10 });
