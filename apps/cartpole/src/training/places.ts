import type { PoolOptions } from "@troupe/dist";

import type { Plan } from "../plan.js";

/** The labels of pools: each part of a training has a process of its own. */
export const places = {
  learner: "learner",
  evaluator: "evaluator",
  runner: (index: number) => `runner-${index}`,
};

export function poolsFor({ actors }: Plan): PoolOptions[] {
  const runners = Array.from({ length: actors }, (_, index) => places.runner(index));
  return [places.learner, places.evaluator, ...runners].map((label) => ({ label }));
}

/** The seed of what is made the `resumed`th time: never that of another, or of the same before. */
export function seedOf({ seed }: Plan, resumed: number, index: number): number {
  return (seed * 1_000 + resumed) * 1_000 + index;
}
