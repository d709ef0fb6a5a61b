import type { QueuedTask } from "../task.js";
import type { Policy } from "./policy.js";

/** On one host and no other. */
export const affinity: Policy = {
  placeOf: ({ scheduling }: QueuedTask) => `on ${(scheduling as { host: string }).host}`,
  servedBy: ({ host, bundle }) => (bundle ? [] : [`on ${host}`]),
  choose: (_task, place, choices) => choices.at(place),
};
