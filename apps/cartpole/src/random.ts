import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Numbers from 0 up to 1; the same seed and stream give the same. */
export type Random = () => number;

/** @param stream One for each that needs numbers of its own: they do not overlap. */
export function randomOf(seed: number, stream: number): Random {
  const generator = xoroshiro128plus(seed);
  for (let jumped = 0; jumped < stream; jumped++) generator.jump();
  return () => uniformFloat64(generator);
}
