import { TroupeError } from "@troupe/core";

import type { BrainPort, PlaceRequest } from "../node/brain-port.js";
import type { Node } from "../node/node.js";

/** The system request that asks the brain. */
export const brainOp = "brain";

/** What is asked: a method of the brain, and its arguments. */
export type Question = readonly [method: keyof BrainPort, ...args: unknown[]];

/** Lets other processes ask the brain of this one. */
export function serveBrain(node: Node): void {
  node.serve(brainOp, (args, from) => {
    const [method, ...rest] = questionOf(args, from);
    const { brain } = node;
    if (method === "place") return brain.place({ ...(rest[0] as PlaceRequest), creator: from });
    return (brain[method] as (...args: unknown[]) => unknown).apply(brain, rest);
  });
}

const methods: Readonly<Record<keyof BrainPort, true>> = {
  place: true,
  started: true,
  failed: true,
  ended: true,
  find: true,
  locate: true,
  resolve: true,
  passivated: true,
  retire: true,
  actors: true,
  children: true,
  parent: true,
  watch: true,
  unwatch: true,
  peer: true,
};

function questionOf(args: unknown, from: string): Question {
  if (Array.isArray(args) && Object.hasOwn(methods, String(args[0]))) return args as unknown as Question;
  throw new TroupeError("ERR_PROTOCOL", `"${from}" asked the brain something that it does not know.`);
}
