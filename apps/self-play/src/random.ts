import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Numbers from 0 up to 1; the same seed gives the same ones. */
export type Random = () => number;

/** @param stream One for each that needs numbers of its own: they do not overlap. */
export function randomOf(seed: number, stream = 0): Random {
  const generator = xoroshiro128plus(seed);
  for (let jumps = 0; jumps < stream; jumps++) generator.jump();
  return () => uniformFloat64(generator);
}
