import type { ParameterServer } from "@troupe/dist";

import { setTimeout as pause } from "node:timers/promises";

import { type Activation, Perceptron } from "../network/perceptron.js";
import { type Algorithm, policyTag } from "../plan.js";

/** What is said of a version of the policy, beside its weights. */
export interface PolicyInfo {
  /** Steps of the environment that were made until then. */
  readonly steps: number;
  /** Steps of learning that it has behind it; 0 of one that knows nothing. */
  readonly gradients: number;
}

/** Which of the weights choose actions: by the greatest of their outputs, or the likelier the greater. */
const acting: Readonly<Record<Algorithm, { readonly activation: Activation; readonly prefix: string }>> = {
  dqn: { activation: "relu", prefix: "" },
  ppo: { activation: "tanh", prefix: "policy/" },
};

/** The policy as the parameter server has it, ready to be played with in this process. */
export class Policy {
  /** 0 before the first. */
  version = 0;
  info: PolicyInfo = { steps: 0, gradients: 0 };
  /** An output for each action. */
  readonly network: Perceptron;
  /** Of proximal policy optimisation: what an observation is worth. */
  readonly value = new Perceptron("tanh");

  constructor(
    private readonly server: ParameterServer,
    private readonly algorithm: Algorithm,
  ) {
    this.network = new Perceptron(acting[algorithm].activation);
  }

  /** Takes a version that is not older than this one, as soon as it is there. */
  async reach(version: number, signal: AbortSignal): Promise<void> {
    for (await this.follow(); this.version < version; await this.follow())
      await pause(1, undefined, { signal });
  }

  /** Takes the newest version, if it is newer than the one that is here. */
  async follow(): Promise<void> {
    using pulled = await this.server.pull(policyTag, { newerThan: this.version });
    if (!pulled) return;
    this.version = pulled.version;
    this.info = pulled.info as PolicyInfo;
    this.network.load(pulled.tensors, acting[this.algorithm].prefix);
    if (this.algorithm === "ppo") this.value.load(pulled.tensors, "value/");
  }
}
