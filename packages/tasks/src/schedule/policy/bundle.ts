import type { QueuedTask } from "../task.js";
import type { Policy } from "./policy.js";

interface Bundle {
  readonly group: string;
  readonly bundle: number;
}

/** From a bundle of a placement group: by the workers whose capacity is the bundle's. */
export const bundle: Policy = {
  placeOf: ({ scheduling }: QueuedTask) => placeOf(scheduling as Bundle),
  servedBy: ({ bundle }) => (bundle ? [placeOf(bundle)] : []),
  choose: (_task, place, choices) => choices.at(place),
};

function placeOf({ group, bundle }: Bundle): string {
  return `bundle ${bundle} of ${group}`;
}
