// Random operations that all members derive from one seed, and what they must give: computed in one process, by other
// means than the package's own.

import { elementArrays as arrays } from "@troupe/shm";

export const types = Object.keys(arrays);
export const kinds = [
  "barrier",
  "broadcast",
  "reduce",
  "allreduce",
  "gather",
  "allgather",
  "scatter",
  "reduceScatter",
  "allToAll",
];
const algorithms = ["auto", "direct", "ring", "tree"];
const special = [0, -0, NaN, Infinity, -Infinity, 1, -1, 1e30, 1e-30];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function arrayOf(type, length, next) {
  const array = new arrays[type](length);
  const bits = 8 * array.BYTES_PER_ELEMENT;
  for (let i = 0; i < length; i++) {
    if (type.startsWith("float"))
      array[i] = next() < 0.02 ? special[Math.floor(next() * special.length)] : (next() - 0.5) * 1000;
    else if (bits === 64)
      array[i] = (BigInt(Math.floor(next() * 2 ** 32)) << 32n) | BigInt(Math.floor(next() * 2 ** 32));
    else array[i] = Math.floor(next() * 2 ** bits);
  }
  return array;
}

/** What all members do as the next thing, with what each of them gives. */
export function stepOf(next, size, longest) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const kind = pick(kinds);
  const type = pick(types);
  const isFloat = type.startsWith("float");
  // Short ones as often as long ones.
  const unit = Math.floor(longest ** next()) - (next() < 0.1 ? 1 : 0);
  const parts = ["scatter", "reduceScatter", "allToAll"].includes(kind) ? size : 1;
  return {
    kind,
    type,
    root: Math.floor(next() * size),
    op: pick(isFloat ? ["sum", "product", "min", "max"] : ["sum", "product", "min", "max", "and", "or"]),
    algorithm: pick(algorithms),
    unit,
    inputs: Array.from({ length: size }, () => arrayOf(type, unit * parts, next)),
    /** What lies in shared memory: nothing, what all give, what all get, both; or with some members only. */
    shared: Math.floor(next() * 4),
    isMixed: next() < 0.2,
    /** Where the result goes: to a new array, to one that is given, in place of what was given. */
    place: pick(["new", "into", "same"]),
  };
}

/** Does a step as the member that the group is of. */
export async function doStep(group, step) {
  const { kind, type, root, op, algorithm, inputs, unit, place } = step;
  const { rank, size } = group;
  if (kind === "barrier") return group.barrier();
  const isOdd = step.isMixed && rank % 2 === 1;
  const made = (length, isShared) =>
    isShared && !isOdd ? group.alloc(type, length) : new arrays[type](length);
  const input = made(inputs[rank].length, (step.shared & 1) === 1);
  input.set(inputs[rank]);
  if (kind === "broadcast") {
    if (rank === root) return group.broadcast(input, { root });
    return group.broadcast(place === "new" ? undefined : made(unit, (step.shared & 2) === 2), { root });
  }
  const isInPlace = place === "same" && ["reduce", "allreduce", "allToAll"].includes(kind);
  const length = ["gather", "allgather", "allToAll"].includes(kind) ? unit * size : unit;
  const into = isInPlace ? input : place === "new" ? undefined : made(length, (step.shared & 2) === 2);
  const options = {
    into,
    ...(["reduce", "gather", "scatter"].includes(kind) ? { root } : {}),
    ...(["reduce", "allreduce", "reduceScatter"].includes(kind) ? { op } : {}),
    ...(["reduce", "allreduce"].includes(kind) ? { algorithm } : {}),
  };
  const given = kind === "scatter" && rank !== root ? undefined : input;
  const result = await group[kind](given, options);
  if (into !== undefined && result !== undefined && result !== into)
    throw new Error("into is not the result");
  return result;
}

/** What the member must get. */
export function expected({ kind, type, root, op, algorithm, inputs, unit }, rank) {
  const part = (array, index) => array.slice(index * unit, (index + 1) * unit);
  const concatenated = (list) => {
    const all = new arrays[type](unit * list.length);
    for (const [i, one] of list.entries()) all.set(one, i * unit);
    return all;
  };
  switch (kind) {
    case "barrier":
      return undefined;
    case "broadcast":
      return inputs[root];
    case "reduce":
      return rank === root ? reduced(inputs, type, op, algorithm === "tree") : undefined;
    case "allreduce":
      return reduced(inputs, type, op, algorithm === "tree");
    case "gather":
      return rank === root ? concatenated(inputs) : undefined;
    case "allgather":
      return concatenated(inputs);
    case "scatter":
      return part(inputs[root], rank);
    case "reduceScatter":
      return reduced(
        inputs.map((input) => part(input, rank)),
        type,
        op,
        false,
      );
    case "allToAll":
      return concatenated(inputs.map((input) => part(input, rank)));
  }
}

function reduced(inputs, type, op, isTree) {
  const left = inputs.map((input) => input.slice());
  if (isTree) {
    for (let width = 1; width < left.length; width *= 2)
      for (let i = 0; i + width < left.length; i += 2 * width) combine(left[i], left[i + width], type, op);
  } else {
    for (const input of left.slice(1)) combine(left[0], input, type, op);
  }
  return left[0];
}

function combine(to, from, type, op) {
  const isFloat = type.startsWith("float");
  const isBig = type.endsWith("64") && !isFloat;
  const bits = 8 * to.BYTES_PER_ELEMENT;
  for (let i = 0; i < to.length; i++) {
    if (isFloat) {
      to[i] = floats[op](to[i], from[i]);
    } else {
      const value = integers[op](BigInt(to[i]), BigInt(from[i]));
      const wrapped = type.startsWith("u") ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
      to[i] = isBig ? wrapped : Number(wrapped);
    }
  }
}

const floats = { sum: (a, b) => a + b, product: (a, b) => a * b, min: Math.min, max: Math.max };
const integers = {
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
  min: (a, b) => (a < b ? a : b),
  max: (a, b) => (a > b ? a : b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
};

/** Where the two differ, in words; `undefined` when they do not. */
export function difference(result, wanted) {
  if (result === undefined || wanted === undefined)
    return result === wanted ? undefined : `there is ${result}, not ${wanted}`;
  if (result.constructor !== wanted.constructor || result.length !== wanted.length)
    return `${result.constructor.name} of ${result.length}, not ${wanted.constructor.name} of ${wanted.length}`;
  const at = wanted.findIndex((value, i) => !Object.is(value, result[i]));
  return at < 0 ? undefined : `element ${at} is ${result[at]}, not ${wanted[at]}`;
}

export function describeStep({ kind, type, unit, root, op, algorithm, shared, isMixed, place }) {
  return JSON.stringify({ kind, type, unit, root, op, algorithm, shared, isMixed, place });
}
