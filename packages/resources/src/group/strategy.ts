/**
 * How the bundles of a placement group lie on hosts:
 *
 * - `pack`: on as few as possible, as far as it goes;
 * - `spread`: on as many as possible, as far as it goes;
 * - `strict-pack`: on one, or not at all;
 * - `strict-spread`: each on one of its own, or not at all.
 */
export type PlacementStrategy = "pack" | "spread" | "strict-pack" | "strict-spread";

export const placementStrategies: readonly PlacementStrategy[] = [
  "pack",
  "spread",
  "strict-pack",
  "strict-spread",
];
