import type { Policy } from "./policy.js";

/** On the host with the fewest tasks. */
export const spread: Policy = {
  placeOf: () => "spread",
  servedBy: ({ bundle }) => (bundle ? [] : ["spread"]),
  choose: (_task, _place, choices) => choices.leastLoaded(),
};
