import type { Call } from "./call.js";

/**
 * Calls that were made within one another, the outermost first, each as two numbers: its actor, and its number in the
 * process where that lives. Each message has the chain that it is part of, so that an actor knows a call that comes
 * back to it.
 */
export type Chain = readonly number[];

/** What a call is part of: the call of this process that made it, or the chain that came with it. */
export type Link = Call | Chain | undefined;

/** Numbers of a chain that travel: 1,024 calls, the last ones. Of those before them nobody is told. */
const maxLength = 2_048;

/** Whether a field of a message is a chain. */
export function isChain(value: unknown): value is Chain {
  if (!Array.isArray(value) || value.length % 2 !== 0 || value.length > maxLength) return false;
  for (const number of value) if (typeof number !== "number") return false;
  return true;
}

/** The chain that ends with this call. */
export function chainThrough(call: Call): Chain {
  const innermostFirst: number[] = [];
  let link: Link = call;
  for (; isOfThisProcess(link) && !link.hasLeft && innermostFirst.length < maxLength; link = link.chain)
    innermostFirst.push(link.number, link.cell.record.id);
  const own = innermostFirst.reverse();
  if (link === undefined || isOfThisProcess(link)) return own;
  return [...link.slice(Math.max(0, link.length + own.length - maxLength)), ...own];
}

/**
 * Whether a call is part of one that its actor runs now. A call of this process that has ended takes all above it out
 * of the chain: nobody there waits for what it left behind.
 */
export function isWithin({ cell, chain }: Call): boolean {
  let link = chain;
  for (; isOfThisProcess(link); link = link.chain) {
    if (link.hasLeft) return false;
    if (link.cell === cell) return true;
  }
  if (link === undefined) return false;
  for (let at = 0; at < link.length; at += 2)
    if (link[at] === cell.record.id && cell.runs(link[at + 1]!)) return true;
  return false;
}

/** Whether it is a call, which this process knows all of. */
export function isOfThisProcess(link: Link): link is Call {
  return link !== undefined && !Array.isArray(link);
}
