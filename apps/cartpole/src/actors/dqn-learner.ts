import { setImmediate as turn } from "node:timers/promises";

import { type Batch, context, dist, type ParameterServer } from "@troupe/dist";
import { loadTensorFlow } from "@troupe/tfjs";

import { DqnLearner as Learner } from "../algorithms/dqn.js";
import { latestCheckpoint } from "../checkpoint.js";
import { type Plan, policyTag } from "../plan.js";
import type { PolicyInfo } from "../playing/policy.js";
import { batchSize, roundLength, type transition, type Transitions } from "../playing/transitions.js";
import type { Round } from "../progress/round.js";

/** Steps of learning between two looks at what else there is to do. */
const stretch = 8;
/** Steps of learning between two copies to the target. */
const targetEvery = 32;

/** Learns from the replay buffer by deep Q-learning. One that is made again goes on from the last checkpoint. */
export class DqnLearner {
  readonly #plan: Plan;
  readonly #replay: Transitions;
  readonly #before: number;
  readonly #policies: ParameterServer;
  #learner!: Learner;
  #gradients = 0;

  /** @param before Steps of the environment that rows of the buffer do not stand for. */
  constructor(plan: Plan, replay: Transitions, before: number, policies: ParameterServer) {
    this.#plan = plan;
    this.#replay = replay;
    this.#before = before;
    this.#policies = policies;
  }

  async onStart(): Promise<void> {
    const { seed, double } = this.#plan;
    this.#learner = new Learner(await loadTensorFlow(), { observation: 4, actions: 2, seed, double });
    const checkpoint = await latestCheckpoint(this.#plan.folder);
    if (checkpoint) {
      await this.#learner.restore(checkpoint.learner);
      this.#gradients = checkpoint.history.gradients;
    }
    await this.#push(this.#steps);
  }

  /** Learns round by round, until all steps are made: no version knows more. */
  async *rounds(): AsyncGenerator<Round> {
    const { signal } = context();
    using reader = this.#replay.reader();
    let batch: Batch<typeof transition> | undefined;
    let saved = this.#steps;
    for (;;) {
      let loss = 0;
      for (let step = 0; step < roundLength; step++) {
        if (step % stretch === 0) await turn();
        if (step % targetEvery === 0) this.#learner.copyToTarget();
        batch = await reader.next(batchSize, { into: batch, signal });
        const { obs, action, reward, nextObs: next, done, discount } = batch.columns;
        const counts = discount.map((value, row) => (done[row] === 1 ? 0 : value));
        const outcome = this.#learner.learn({ obs, action, reward, next, discount: counts }, batch.weights);
        if (this.#plan.prioritized) reader.updatePriorities(batch.indices, outcome.errors);
        loss += outcome.loss / roundLength;
      }
      this.#gradients += roundLength;
      const steps = this.#steps;
      if (steps > this.#plan.steps) return;
      const isDue = steps - saved >= this.#plan.checkpointEvery;
      if (isDue) saved = steps;
      const state = isDue ? await this.#learner.state() : undefined;
      yield { version: await this.#push(steps), steps, gradients: roundLength, loss, episodes: [], state };
    }
  }

  get #steps(): number {
    return this.#before + this.#replay.stats().inserted;
  }

  async #push(steps: number): Promise<number> {
    const info: PolicyInfo = { steps, gradients: this.#gradients };
    return this.#policies.push(policyTag, await this.#learner.weights(), { info });
  }
}

/** DqnLearners as actors. */
export const DqnLearnerActor = dist(DqnLearner, import.meta, { restarts: 10 });
