import { setImmediate as turn } from "node:timers/promises";

import { context, dist, type ParameterServer } from "@troupe/dist";

import { CartPole } from "../environment/cart-pole.js";
import { greatest } from "../network/perceptron.js";
import { type Plan, policyTag } from "../plan.js";
import { Policy } from "../playing/policy.js";
import { randomOf } from "../random.js";

/** Greedy episodes of one version of the policy. */
export interface Evaluation {
  readonly version: number;
  /** Steps of the environment that the version has seen. */
  readonly steps: number;
  /** Steps of learning that it has behind it. */
  readonly gradients: number;
  readonly episodes: number;
  /** The mean return. */
  readonly mean: number;
}

/** Episodes by which it is looked whether a version might do. */
const glance = 10;
/** Episodes that count. */
const examination = 100;

/** Whether it was examined, and did. One that has learnt nothing has solved nothing, whatever it comes to. */
export function solves({ gradients, episodes, mean }: Evaluation, { goal }: Plan): boolean {
  return gradients > 0 && episodes >= examination && mean >= goal;
}

/** Plays greedily, with versions of the policy as they come. Its episodes are none that are learnt from. */
export class Evaluator {
  readonly #goal: number;
  readonly #policies: ParameterServer;
  readonly #policy: Policy;
  readonly #environment: CartPole;

  constructor({ algorithm, goal }: Plan, seed: number, policies: ParameterServer) {
    this.#goal = goal;
    this.#policies = policies;
    this.#policy = new Policy(policies, algorithm);
    this.#environment = new CartPole(randomOf(seed, 1));
  }

  /** A glance at each version, those left out that came meanwhile; one that has learnt and looks as if it would do is examined. */
  async *evaluations(): AsyncGenerator<Evaluation> {
    const { signal } = context();
    for await (const _ of this.#policies.watch(policyTag, { signal })) {
      await this.#policy.follow();
      const seen = await this.#play(glance);
      yield seen;
      if (seen.gradients > 0 && seen.mean >= this.#goal) yield await this.#play(examination);
    }
  }

  /** Examines the newest version. */
  async examine(): Promise<Evaluation> {
    await this.#policy.follow();
    return this.#play(examination);
  }

  async #play(episodes: number): Promise<Evaluation> {
    const { version, info, network } = this.#policy;
    let sum = 0;
    for (let episode = 0; episode < episodes; episode++) {
      this.#environment.reset();
      for (let isOver = false; !isOver;) {
        const { reward, terminated, truncated } = this.#environment.step(
          greatest(network.compute(this.#environment.observation)),
        );
        sum += reward;
        isOver = terminated || truncated;
      }
      await turn();
    }
    return { version, ...info, episodes, mean: sum / episodes };
  }
}

/** Evaluators as actors. */
export const EvaluatorActor = dist(Evaluator, import.meta, { restarts: 10 });
