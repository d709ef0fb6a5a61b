import { TroupeError } from "@troupe/core";

import type { BrainPort, PlaceRequest } from "../node/brain-port.js";
import type { Node } from "../node/node.js";
import type { ProcessTable } from "./process-table.js";

/** The system request that asks the brain. */
export const brainOp = "brain";

/** The one that asks for a place and will not wait for ever, and the one that takes that back by its ticket. */
export const placeOp = "place";
export const giveUpOp = "give-up";

/** What {@link placeOp} is asked with. */
export interface PlaceQuestion {
  readonly request: PlaceRequest;
  /** Unique among all that are under way. */
  readonly ticket: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** What is asked: a method of the brain, and its arguments. */
export type Question = readonly [method: keyof BrainPort, ...args: unknown[]];

/** Lets other processes ask the brain of this one. */
export function serveBrain(node: Node, processes: ProcessTable): void {
  const underWay = new Map<string, AbortController>();
  node.serve(placeOp, async (args, from) => {
    checkMember(processes, from);
    const { request, ticket, timeout } = args as PlaceQuestion;
    const given = new AbortController();
    underWay.set(ticket, given);
    try {
      return await node.brain.place({ ...request, creator: from }, { signal: given.signal, timeout });
    } finally {
      underWay.delete(ticket);
    }
  });
  node.serve(giveUpOp, (ticket) => underWay.get(ticket as string)?.abort());
  node.serve(brainOp, (args, from) => {
    checkMember(processes, from);
    const [method, ...rest] = questionOf(args, from);
    const { brain } = node;
    if (method === "place") return brain.place({ ...(rest[0] as PlaceRequest), creator: from });
    return (brain[method] as (...args: unknown[]) => unknown).apply(brain, rest);
  });
}

/** One that was given up with its host may not have heard of it yet. */
function checkMember(processes: ProcessTable, name: string): void {
  if (processes.get(name)) return;
  throw new TroupeError("ERR_CLOSED", `"${name}" is no process of this cluster any more.`);
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
