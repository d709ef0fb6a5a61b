import { context, dist, type ParameterServer } from "@troupe/dist";

import { advantagesOf } from "../algorithms/advantages.js";
import { CartPole } from "../environment/cart-pole.js";
import type { Plan } from "../plan.js";
import type { Episode } from "../playing/episode.js";
import { Policy } from "../playing/policy.js";
import { joined, length, type Rollout } from "../playing/rollout.js";
import { type Random, randomOf } from "../random.js";

/** What the next step counts. */
const discount = 0.98;
/** λ of the advantages. */
const decay = 0.8;

/** An environment, and the return of its episode so far. */
interface Seat {
  readonly environment: CartPole;
  sum: number;
  steps: number;
}

/** Plays for proximal policy optimisation: a rollout when it is asked for one, by the version that is asked for. */
export class PpoRunner {
  readonly #random: Random;
  readonly #seats: readonly Seat[];
  readonly #policy: Policy;

  constructor(plan: Plan, seed: number, environments: number, policies: ParameterServer) {
    this.#random = randomOf(seed, 0);
    this.#seats = Array.from({ length: environments }, () => ({
      environment: new CartPole(this.#random),
      sum: 0,
      steps: 0,
    }));
    this.#policy = new Policy(policies, plan.algorithm);
  }

  async rollout(version: number): Promise<Rollout> {
    await this.#policy.reach(version, context().signal);
    return joined(this.#seats.map((seat) => this.#play(seat)));
  }

  #play(seat: Seat): Rollout {
    const { environment } = seat;
    const { network, value: worth, version } = this.#policy;
    const floats = () => new Float32Array(length);
    const obs = new Float32Array(length * environment.observation.length);
    const [reward, value, rest, logProbability] = [floats(), floats(), floats(), floats()];
    const action = new Int32Array(length);
    const ended = new Uint8Array(length);
    const episodes: Episode[] = [];
    for (let step = 0; step < length; step++) {
      obs.set(environment.observation, step * environment.observation.length);
      value[step] = worth.compute(environment.observation)[0]!;
      const [left = 0, right = 0] = network.compute(environment.observation);
      const chance = 1 / (1 + Math.exp(left - right));
      action[step] = this.#random() < chance ? 1 : 0;
      logProbability[step] = Math.log(action[step] === 1 ? chance : 1 - chance);
      const end = environment.step(action[step]!);
      reward[step] = end.reward;
      seat.sum += end.reward;
      seat.steps++;
      if (!end.terminated && !end.truncated) continue;
      ended[step] = 1;
      rest[step] = end.truncated ? worth.compute(environment.observation)[0]! : 0;
      episodes.push({ return: seat.sum, length: seat.steps, version });
      environment.reset();
      seat.sum = seat.steps = 0;
    }
    const next = worth.compute(environment.observation)[0]!;
    const advantages = advantagesOf({ reward, value, ended, rest, next }, discount, decay);
    return { obs, action, logProbability, ...advantages, episodes };
  }
}

/** PpoRunners as actors. */
export const PpoRunnerActor = dist(PpoRunner, import.meta, {
  restarts: 10,
  methods: { rollout: { retries: 10 } },
});
