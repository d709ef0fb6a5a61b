import type { Numbers } from "./elements.js";
import type { Ground, Operation } from "./operation.js";
import { Pace } from "./pace.js";
import { type Shape } from "./shapes.js";

/** Elements of a part that are taken at once out of arrays in shared memory. */
const block = 64 * 1024;

/** Each takes what it gets directly from those who give it: in pieces out of their slots, or out of their arrays. */
export const exchange = {
  /** Puts a piece of each part, from the element `at` on, into this member's slot. */
  put(
    { memory, members, turns }: Ground,
    shape: Shape,
    type: number,
    input: Numbers,
    unit: number,
    at: number,
  ) {
    const slot = memory.slot(members.rank, turns.slot, type);
    const parts = partsOf(shape, members.size);
    const count = Math.min(Math.floor(slot.length / parts), unit - at);
    for (let part = 0; part < parts; part++) {
      const start = part * unit + at;
      slot.set(input.subarray(start, start + count), part * count);
    }
  },

  async run(operation: Operation): Promise<void> {
    const { calls, givers } = operation;
    if (givers.every((rank) => calls[rank]!.input !== undefined)) await outOfArrays(operation);
    else await outOfSlots(operation);
  },
};

async function outOfSlots(operation: Operation): Promise<void> {
  const { ground, what, wait, shape, type, unit, input, target } = operation;
  const { memory, members, turns } = ground;
  const size = Math.floor(memory.slot(0, 0, type).length / partsOf(shape, members.size));
  const pace = new Pace();
  for (let at = 0; at === 0 || at < unit; at += size) {
    if (at > 0 || !operation.hasBegun) {
      turns.begin();
      if (input !== undefined) exchange.put(ground, shape, type, input, unit, at);
      await turns.meet(what, wait);
    }
    const count = Math.min(size, unit - at);
    if (target !== undefined) {
      const sources = memory.members.map((_, rank) => memory.slot(rank, turns.slot, type));
      shape.take({ ...operation, rank: members.rank, target, at, count, sources, stride: count, offset: 0 });
    }
    if (pace.isOver) await pace.rest();
  }
}

async function outOfArrays(operation: Operation): Promise<void> {
  const { ground, what, wait, shape, calls, type, unit, target } = operation;
  const { members, turns, arrays } = ground;
  const length = unit * partsOf(shape, members.size);
  if (target !== undefined) {
    const sources = calls.map(({ input }, rank) =>
      rank === members.rank || input === undefined ? operation.input! : arrays.at(input, type, length),
    );
    const pace = new Pace();
    for (let at = 0; at < unit; at += block) {
      const count = Math.min(block, unit - at);
      shape.take({ ...operation, rank: members.rank, target, at, count, sources, stride: unit, offset: at });
      if (pace.isOver) await pace.rest();
    }
  }
  // Until here others may read what this member gave.
  turns.begin();
  await turns.meet(what, wait);
}

function partsOf(shape: Shape, size: number): number {
  return shape.gives === "each" ? size : 1;
}
