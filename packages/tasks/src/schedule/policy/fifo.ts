import type { Policy } from "./policy.js";

/** Wherever there is room. Workers come in turn. */
export const fifo: Policy = {
  placeOf: () => "anywhere",
  servedBy: ({ bundle }) => (bundle ? [] : ["anywhere"]),
  choose: (_task, _place, choices) => choices.inTurn(),
};
