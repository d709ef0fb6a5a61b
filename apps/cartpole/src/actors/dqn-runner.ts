import { setTimeout as pause } from "node:timers/promises";

import { context, dist, nStep, type ParameterServer } from "@troupe/dist";

import { falling } from "../algorithms/dqn.js";
import { CartPole } from "../environment/cart-pole.js";
import { greatest } from "../network/perceptron.js";
import type { Plan } from "../plan.js";
import type { Episode } from "../playing/episode.js";
import { Policy } from "../playing/policy.js";
import { discount, type Transitions } from "../playing/transitions.js";
import { randomOf } from "../random.js";

/** Steps between two looks for a newer policy. */
const glance = 16;
/** How often a random action is taken: less often over so many steps, down to that. */
const exploration = [8_000, 0.04] as const;

/** Plays for deep Q-learning: writes transitions into the replay buffer, and goes by the newest policy. */
export class DqnRunner {
  readonly #plan: Plan;
  readonly #seed: number;
  readonly #replay: Transitions;
  readonly #policy: Policy;

  constructor(plan: Plan, seed: number, replay: Transitions, policies: ParameterServer) {
    this.#plan = plan;
    this.#seed = seed;
    this.#replay = replay;
    this.#policy = new Policy(policies, plan.algorithm);
  }

  /** Plays until nobody wants its episodes any more. */
  async *play(): AsyncGenerator<Episode> {
    const { signal } = context();
    const random = randomOf(this.#seed, 0);
    const environment = new CartPole(random);
    const policy = this.#policy;
    using writer = this.#replay.writer();
    const steps = nStep(writer, { n: this.#plan.nStep, gamma: discount, discount: "discount" });
    // The learner is to keep up: until then nothing more may be written.
    const written = async (attempt: () => boolean) => {
      while (!attempt()) await pause(2, undefined, { signal });
    };
    for (let step = 0; ; environment.reset()) {
      let sum = 0;
      for (let length = 1; ; length++) {
        if (step++ % glance === 0) await policy.follow();
        const explores = random() < falling(policy.info.steps, ...exploration);
        const action = explores
          ? Math.floor(random() * environment.actions)
          : greatest(policy.network.compute(environment.observation));
        const obs = environment.observation.slice();
        const { reward, terminated, truncated } = environment.step(action);
        const row = { obs, action, reward, nextObs: environment.observation, done: Number(terminated) };
        await written(() => steps.write(row));
        sum += reward;
        if (!terminated && !truncated) continue;
        await written(() => steps.end());
        yield { return: sum, length, version: policy.version };
        break;
      }
    }
  }
}

/** DqnRunners as actors. */
export const DqnRunnerActor = dist(DqnRunner, import.meta, { restarts: 10 });
