import type { Numbers } from "./elements.js";
import type { Ground, Operation } from "./operation.js";
import { Pace } from "./pace.js";
import type { Shape } from "./shapes.js";

/**
 * A reduction up a binomial tree and down again: on each level every other member that is left adds what its partner
 * has, so that after log2(n) levels member 0 has the result, and all take it from there.
 */
export const tree = {
  put({ memory, members, turns }: Ground, _: Shape, type: number, input: Numbers, unit: number, at: number) {
    const slot = memory.slot(members.rank, turns.slot, type);
    slot.set(input.subarray(at, Math.min(at + slot.length, unit)));
  },

  async run(operation: Operation): Promise<void> {
    const { ground, what, wait, shape, type, unit, input, target } = operation;
    const { memory, turns } = ground;
    const length = memory.slot(0, 0, type).length;
    const pace = new Pace();
    for (let at = 0; at === 0 || at < unit; at += length) {
      if (at > 0 || !operation.hasBegun) {
        turns.begin();
        tree.put(ground, shape, type, input!, unit, at);
        await turns.meet(what, wait);
      }
      const count = Math.min(length, unit - at);
      await reduceUp(operation, count);
      if (target !== undefined) target.set(memory.slot(0, turns.slot, type).subarray(0, count), at);
      if (pace.isOver) await pace.rest();
    }
  },
};

async function reduceUp({ ground, what, wait, type, fold }: Operation, count: number): Promise<void> {
  const { memory, members, turns } = ground;
  const { rank, size } = members;
  const levels = Math.ceil(Math.log2(size));
  const own = memory.slot(rank, turns.slot, type);
  for (let level = 0; level < levels; level++) {
    if ((rank & (1 << level)) !== 0) {
      turns.announce(level + 1);
      break;
    }
    const partner = rank + (1 << level);
    if (partner >= size) continue;
    await turns.follow(partner, level + 1, what, wait);
    fold!.into(own, 0, [own, memory.slot(partner, turns.slot, type)], 0, count);
  }
  if (rank === 0) turns.announce(levels + 1);
  else await turns.follow(0, levels + 1, what, wait);
  turns.skip(levels + 1);
}
