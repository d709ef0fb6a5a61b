import { setImmediate } from "node:timers/promises";

import { type Batch, context, dist, type ParameterServer } from "@troupe/dist";

import { League } from "./league.js";
import { frameBytes, look, sightings, stackBytes, stackSize } from "./pong/frame.js";
import { inputCount, Policy } from "./policy/policy.js";
import { Training } from "./policy/training.js";
import { randomOf } from "./random.js";
import { checksum, type Rows, type schema } from "./rows.js";

/** What a learner learns with. */
export interface LearnerOptions {
  readonly rows: Rows;
  readonly server: ParameterServer;
  readonly seed: number;
  /** Rows of a step. */
  readonly batch: number;
  /** Whether rows bear a checksum. */
  readonly check: boolean;
}

/** What a learner did since it said so last. */
export interface Learned {
  readonly updates: number;
  /** The mean of it. */
  readonly loss: number;
  /** Rows whose checksum was wrong. */
  readonly torn: number;
}

/** Steps of learning for one version. */
const updatesOfVersion = 50;

/** Learns from what runners wrote, and publishes what it has learned. Made again, it goes on from its last version. */
export class Learner {
  readonly #policy: Policy;
  readonly #inputs: Float32Array;
  readonly #league: League;

  constructor(private readonly options: LearnerOptions) {
    this.#league = new League(options.server);
    this.#policy = Policy.random(randomOf(options.seed));
    this.#inputs = new Float32Array(options.batch * inputCount);
  }

  async onStart(): Promise<void> {
    if ((await this.#league.loadNewest(this.#policy)) === 0) await this.#league.begin(this.#policy);
  }

  /** Learns for as long as somebody wants to hear of it. */
  async *learn(): AsyncGenerator<Learned> {
    const { rows, batch: size, check } = this.options;
    const training = new Training(this.#policy);
    using reader = rows.reader();
    let batch: Batch<typeof schema> | undefined;
    for (;;) {
      let [loss, torn] = [0, 0];
      for (let update = 0; update < updatesOfVersion; update++) {
        batch = await reader.next(size, { into: batch, signal: context().signal });
        loss += training.step(this.#lessons(batch)) / updatesOfVersion;
        if (check) torn += tornRows(batch);
        await setImmediate();
      }
      await this.#league.publish(this.#policy);
      yield { updates: updatesOfVersion, loss, torn };
    }
  }

  #lessons({ columns, size }: Batch<typeof schema>) {
    const { frames, action, chance, outcome } = columns;
    for (let index = 0; index < size * stackSize; index++) {
      const frame = frames.subarray(index * frameBytes, (index + 1) * frameBytes);
      look(frame, this.#inputs, index * sightings);
    }
    return { inputs: this.#inputs, actions: action, chances: chance, outcomes: outcome, size };
  }
}

export const LearnerActor = dist(Learner, import.meta, { restarts: Infinity });

function tornRows({ columns, size }: Batch<typeof schema>): number {
  const { frames, action, chance, outcome, check } = columns;
  let torn = 0;
  for (let row = 0; row < size; row++) {
    const stack = frames.subarray(row * stackBytes, (row + 1) * stackBytes);
    if (checksum(stack, action[row]!, chance[row]!, outcome[row]!) !== check[row]) torn++;
  }
  return torn;
}
