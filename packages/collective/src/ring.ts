import type { Numbers } from "./elements.js";
import type { Ground, Operation } from "./operation.js";
import { Pace } from "./pace.js";
import { isAmong, type Shape } from "./shapes.js";

/** Shares are multiples of so many elements: of lines of the cache. */
const granule = 64;

/**
 * The way of large reductions. As in a ring of messages each member reduces its own share of the elements, and then all
 * have the shares of all: 2 (n - 1) / n of an array come in and go out of each. Here nobody passes anything on: a
 * member reads its share of all arrays where they are.
 *
 * Through slots, a turn has a piece of the arrays and, behind it, the results of the piece before.
 */
export const ring = {
  put({ memory, members, turns }: Ground, _: Shape, type: number, input: Numbers, unit: number, at: number) {
    const slot = memory.slot(members.rank, turns.slot, type);
    slot.set(input.subarray(at, at + Math.min(pieceOf(slot.length, members.size), unit - at)));
  },

  async run(operation: Operation): Promise<void> {
    const { calls, shape, root } = operation;
    const isInPlace = calls.every(
      ({ input, output }, rank) =>
        input !== undefined && (output !== undefined || !isAmong(shape.getters, rank, root)),
    );
    if (isInPlace) await inArrays(operation);
    else await throughSlots(operation);
  },
};

async function throughSlots(operation: Operation): Promise<void> {
  const { ground, what, wait, shape, type, unit, input, target, fold } = operation;
  const { memory, members, turns } = ground;
  const { rank, size } = members;
  const length = pieceOf(memory.slot(0, 0, type).length, size);
  const pieces = Math.max(1, Math.ceil(unit / length));
  const countOf = (piece: number) => Math.min(length, unit - piece * length);
  const pace = new Pace();
  if (!operation.hasBegun) {
    turns.begin();
    ring.put(ground, shape, type, input!, unit, 0);
    await turns.meet(what, wait);
  }
  for (let piece = 0; piece <= pieces; piece++) {
    const slots = memory.members.map((_, member) => memory.slot(member, turns.slot, type));
    if (piece < pieces) {
      turns.begin();
      const [start, end] = shareOf(countOf(piece), rank, size);
      const own = memory.slot(rank, turns.slot, type);
      fold!.into(own, length, slots, start, end - start);
    }
    if (piece > 0 && target !== undefined) {
      const at = (piece - 1) * length;
      for (const [member, slot] of slots.entries()) {
        const [start, end] = shareOf(countOf(piece - 1), member, size);
        target.set(slot.subarray(length, length + end - start), at + start);
      }
    }
    if (piece + 1 < pieces) ring.put(ground, shape, type, input!, unit, (piece + 1) * length);
    if (piece < pieces) await turns.meet(what, wait);
    if (pace.isOver) await pace.rest();
  }
}

/** Each member reduces its share of all arrays, and writes it to all that get the result: nothing else is copied. */
async function inArrays(operation: Operation): Promise<void> {
  const { ground, what, wait, calls, type, unit, fold } = operation;
  const { members, turns, arrays } = ground;
  const inputs = calls.map(({ input }, rank) =>
    rank === members.rank ? operation.input! : arrays.at(input!, type, unit),
  );
  const outputs = calls.flatMap(({ output }, rank) => {
    if (rank === members.rank) return operation.target ?? [];
    return output === undefined ? [] : arrays.at(output, type, unit);
  });
  const [start, end] = shareOf(unit, members.rank, members.size);
  const pace = new Pace();
  for (let at = start; at < end; at += fold!.length) {
    const result = fold!.of(inputs, at, Math.min(fold!.length, end - at));
    for (const output of outputs) output.set(result, at);
    if (pace.isOver) await pace.rest();
  }
  turns.begin();
  await turns.meet(what, wait);
}

/** Elements of a piece, which leaves room in a slot for the results of a member's share. */
function pieceOf(slot: number, size: number): number {
  return Math.floor(((slot - granule) * size) / (size + 1));
}

/** From where to where a member's share of `count` elements is. */
function shareOf(count: number, rank: number, size: number): [start: number, end: number] {
  const share = Math.ceil(count / size / granule) * granule;
  return [Math.min(count, rank * share), Math.min(count, (rank + 1) * share)];
}
