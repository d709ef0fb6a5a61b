import { TroupeError, type WaitOptions } from "@troupe/core";

import { agreementOf, algorithms } from "./call.js";
import { freshArray, type Numbers } from "./elements.js";
import { exchange } from "./exchange.js";
import type { Ground, Request } from "./operation.js";
import { Fold, reductions } from "./reduction.js";
import { ring } from "./ring.js";
import { isAmong, shapes } from "./shapes.js";
import { tree } from "./tree.js";

const ways = { direct: exchange, ring, tree };

/**
 * Does what is asked for, together with the others. Gives what this member gets, or the error that all get as they do
 * not call the same; after that the group goes on.
 *
 * @throws ERR_PEER_LEFT, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED; the group is over then.
 */
export async function perform(
  ground: Ground,
  request: Request,
  wait: WaitOptions,
): Promise<Numbers | undefined | TroupeError> {
  const { turns, members } = ground;
  const { call, input, into, problem } = request;
  const { kind, root } = call;
  const shape = shapes[kind];
  const what = `${kind} in the group ${members.group}`;
  const way = ways[algorithms[call.algorithm] ?? "direct"];
  turns.begin();
  ground.calls.publish(call);
  // What is given and not where others reach it goes with the call: an array that fits into a slot needs no more.
  const gives = input !== undefined && problem === undefined && isAmong(shape.givers, members.rank, root);
  if (gives && call.input === undefined) way.put(ground, shape, call.type, input, call.unit, 0);
  await turns.meet(what, wait);
  const calls = ground.calls.all();
  const agreed = agreementOf(calls, members.group);
  if (problem !== undefined) return problem;
  if (agreed instanceof TroupeError) return agreed;
  if (kind === "barrier") return undefined;
  const { type, unit } = agreed;
  const gets = isAmong(shape.getters, members.rank, root);
  const length = shape.gets === "each" ? unit * members.size : unit;
  const target = gets ? (into ?? freshArray(type, length)) : undefined;
  const givers = calls.flatMap((_, rank) => (isAmong(shape.givers, rank, root) ? [rank] : []));
  await way.run({
    ground,
    what,
    wait,
    shape,
    root,
    calls,
    type,
    unit,
    input: gives ? input : undefined,
    target,
    fold: call.reduction < 0 ? undefined : Fold.of(type, reductions[call.reduction]!),
    givers,
    hasBegun: givers.every((rank) => calls[rank]!.input === undefined),
  });
  return target ?? (kind === "broadcast" ? input : undefined);
}
