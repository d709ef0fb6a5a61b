import type { BenchCase } from "../case.js";
import { callCases } from "./actors/calls.js";
import { largeCases } from "./actors/large.js";
import { lifecycleCases } from "./actors/lifecycle.js";
import { scalingCases } from "./actors/scaling.js";

/** Actors: calls, what they cost to make and to keep, and whether that grows with how many there are. */
export const actorCases: readonly BenchCase[] = [
  ...callCases,
  ...largeCases,
  ...lifecycleCases,
  ...scalingCases,
];
