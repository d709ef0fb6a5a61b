import type { BenchCase, Contender } from "../../case.js";
import { troupe, type TroupeOptions } from "../../troupe/actors.js";

/** The same calls, 1,000 in flight, in clusters of growing size: the largest is held against the others. */
function growing(sizes: readonly { readonly name: string; readonly options: TroupeOptions }[]): Contender[] {
  return sizes
    .map(({ name, options }, index) =>
      troupe("spread", { ...options, name, role: index === sizes.length - 1 ? "troupe" : "baseline" }),
    )
    .reverse();
}

/** What a call costs is to be the same however many there are; less than 0.8 is no noise. */
const still = 0.8;

/** Whether calls cost more where there is more. */
export const scalingCases: readonly BenchCase[] = [
  {
    group: "actors",
    name: "calls, 1 to 100,000 actors in a pool",
    unit: "ops/s",
    batch: 1000,
    reach: { of: "1 actor", ratio: still },
    contenders: growing(
      [1, 100, 10_000, 100_000].map((actors) => ({
        name: `${actors.toLocaleString("en")} actor${actors === 1 ? "" : "s"}`,
        options: { actors },
      })),
    ),
  },
  {
    group: "actors",
    name: "calls, 2 to 16 pools, an actor in each",
    unit: "ops/s",
    batch: 1000,
    reach: { of: "2 pools", ratio: still },
    contenders: growing(
      [2, 4, 8, 16].map((pools) => ({ name: `${pools} pools`, options: { pools, actors: pools } })),
    ),
  },
];
