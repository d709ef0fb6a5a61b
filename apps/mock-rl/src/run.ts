import { dist, launch } from "@troupe/dist";

import { Fleet, type FleetOptions } from "./fleet.js";
import { Learner, type Progress, type Summary } from "./learner.js";
import type { Messages } from "./messages.js";

export interface RunOptions extends Omit<FleetOptions, "onFailed"> {
  /** Updates of the policy after which the run ends. */
  readonly versions: number;
  /** Whether one actor is killed half way. */
  readonly kill: boolean;
  readonly onProgress: (progress: Progress) => void;
}

/** Trains in this process, with actors in their own. Gives no summary for a run that was ended early. */
export async function run(
  options: RunOptions,
): Promise<(Summary & { readonly replaced: number }) | undefined> {
  const { group, registry, actors, versions } = options;
  const failed = new AbortController();
  const fleet = new Fleet({ ...options, onFailed: (error) => failed.abort(error) });
  const learner = new Learner(versions, (progress) => {
    options.onProgress(progress);
    if (options.kill && progress.version === Math.floor(versions / 2)) fleet.kill(actors - 1);
  });
  const component = dist<Learner, Messages>({
    group,
    component: "learner",
    name: "learner-0",
    registry,
    peers: { actor: actors },
    minPeers: 1,
    handlers: {
      "get-policy": (local, proxy, message) => proxy.reply(message, { type: "policy", body: local.policy }),
      "actor:rollout:60%": async (local, proxy, rollouts) => {
        await local.update(
          proxy,
          rollouts.map(({ body }) => body),
        );
        if (!local.summary) return;
        await fleet.stop();
        await proxy.close();
      },
    },
  })(learner);
  // Here as well the actors go first: the registry may be in this process, and they leave it in order.
  const closing = new AbortController();
  AbortSignal.any([options.signal, failed.signal]).addEventListener("abort", () => {
    void fleet.stop().then(() => closing.abort());
  });
  try {
    await launch(component, { signal: closing.signal, signals: false });
  } finally {
    await fleet.stop();
  }
  if (failed.signal.aborted) throw failed.signal.reason as Error;
  return learner.summary && { ...learner.summary, replaced: fleet.replaced };
}
