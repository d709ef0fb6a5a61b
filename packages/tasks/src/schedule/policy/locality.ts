import type { QueuedTask, TaskArgument } from "../task.js";
import type { Policy } from "./policy.js";

/**
 * On the host that has most bytes of the arguments. It waits there while every worker is busy, and goes elsewhere
 * as soon as one has nothing else to do: no core rests while there is work.
 */
export const locality: Policy = {
  openTo: near(""),
  placeOf({ args }: QueuedTask, isPossible) {
    if (args === undefined || args.length === 0) return near("");
    const [only] = args;
    if (args.length === 1) return isPossible(near(only!.host)) ? near(only!.host) : near("");
    return near(most(args, ({ host }) => (isPossible(near(host)) ? host : undefined)) ?? "");
  },
  servedBy: ({ host, bundle }) => (bundle ? [] : [near(host), near("")]),
  choose({ args }: QueuedTask, place, choices) {
    if (place === near("")) return choices.inTurn();
    const pool = args && most(args, ({ host, pool }) => (near(host) === place ? pool : undefined));
    return (pool === undefined ? undefined : choices.named(pool)) ?? choices.at(place);
  },
};

/** Near nobody in particular when it is near nothing that has a name. */
function near(host: string): string {
  return `near ${host}`;
}

/** Of the names of arguments the one with most bytes. */
function most(
  args: readonly TaskArgument[],
  nameOf: (argument: TaskArgument) => string | undefined,
): string | undefined {
  const bytes = new Map<string, number>();
  let best: string | undefined;
  for (const argument of args) {
    const name = nameOf(argument);
    if (name === undefined) continue;
    bytes.set(name, (bytes.get(name) ?? 0) + argument.bytes);
  }
  for (const [name, sum] of bytes) if (best === undefined || sum > bytes.get(best)!) best = name;
  return best;
}
