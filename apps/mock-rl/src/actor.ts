import { setTimeout as elapse } from "node:timers/promises";

import { dist, isTroupeError, launch, type Proxy } from "@troupe/dist";

import { noiseScale } from "./learner.js";
import type { Messages, Policy } from "./messages.js";
import { gaussian, play, seededRandom } from "./problem.js";

const [group = "mock_rl", registry, name, seed = "0", episodeTime = "0"] = process.argv.slice(2);

/** Plays episodes with the newest policy it has, as long as there is somebody to play for. */
class Actor {
  readonly #random: () => number;
  #policy: Policy | undefined;
  #playing = false;

  /** @param episodeTime Milliseconds that an episode takes: the simulated environment's own time. */
  constructor(
    seed: number,
    private readonly episodeTime: number,
  ) {
    this.#random = seededRandom(seed);
  }

  /** An actor that replaces another has missed the policy: it asks. */
  async onStart(proxy: Proxy<Messages>): Promise<void> {
    const answer = await proxy.request("learner-0", { type: "get-policy" }).catch(ignoreEnd);
    if (answer) this.take(proxy, answer.body as Policy);
  }

  /** Goes on with a newer policy from the next episode on. */
  take(proxy: Proxy<Messages>, policy: Policy): void {
    if (this.#policy && policy.version < this.#policy.version) return;
    this.#policy = policy;
    if (!this.#playing) void this.#play(proxy);
  }

  /** Plays one episode with the very weights. A straggler's answer comes late. */
  async evaluate({ weights }: Policy): Promise<{ reward: number }> {
    await elapse(this.episodeTime);
    return { reward: play(weights) };
  }

  /** Plays as long as there is a policy; each episode's rollout waits for room with the learner. */
  async #play(proxy: Proxy<Messages>): Promise<void> {
    this.#playing = true;
    while (this.#policy) {
      const { version, weights } = this.#policy;
      const noise = gaussian(weights.length, this.#random);
      const varied = weights.map((weight, i) => weight + noiseScale * noise[i]!);
      await elapse(this.episodeTime);
      const rollout = { version, noise, reward: play(varied) };
      await proxy.send("learner-0", { type: "rollout", body: rollout }).catch(() => {
        this.#policy = undefined;
      });
    }
    this.#playing = false;
  }
}

const DistributedActor = dist<typeof Actor, Messages>(Actor, {
  group,
  component: "actor",
  name,
  registry,
  peers: { learner: 1 },
  handlers: {
    policy: (local, proxy, message) => local.take(proxy, message.body),
    evaluate: async (local, proxy, message) => {
      const body = await local.evaluate(message.body);
      await proxy.reply(message, { type: "score", body }).catch(ignoreEnd);
    },
  },
});

/** The run may end while an actor still asks or answers: a straggler's score comes too late, say. */
function ignoreEnd(error: unknown): undefined {
  if (!isTroupeError(error, "ERR_PEER_LEFT") && !isTroupeError(error, "ERR_CLOSED")) throw error;
}

// The process that started this one ends it by letting go of it, and cannot but do so when it is killed.
const alone = new AbortController();
process.once("disconnect", () => alone.abort());
if (!process.connected) alone.abort();

await launch(new DistributedActor(Number(seed), Number(episodeTime)), { signal: alone.signal });
if (process.connected) process.disconnect();
