import type { ActorRecord } from "@troupe/cluster";
import { registerExtension } from "@troupe/core";

import type { ActorRuntime } from "../runtime/runtime.js";
import { shared } from "../shared.js";
import { isTunnelName } from "../tunnel/tunnel-name.js";
import { Handle, handleOf } from "./handle.js";
import { callablePrototype, makeRemote, remotePrototype } from "./remote.js";

/** The extension type of references to actors; docs/protocol.md has its fields. */
const actorRef = 0x12;

/** In the place of the process of an actor that is in none. */
const nowhere = 0;

/** Lets references travel in every message and stored value. */
export function registerReferences(): void {
  for (const prototype of [remotePrototype, callablePrototype])
    registerExtension({ type: actorRef, prototype, toWire, fromWire });
}

function toWire(remote: object): readonly unknown[] {
  const { record, isCallable, tunnel } = (remote as { readonly [handleOf]: Handle })[handleOf];
  const {
    id,
    path,
    name,
    class: className,
    pool,
    host,
    pid = nowhere,
    incarnation,
    revives = false,
  } = record;
  const fields = [id, path, name, className, pool, host, pid, incarnation, isCallable];
  if (tunnel !== undefined) return [...fields, revives, tunnel];
  return revives ? [...fields, true] : fields;
}

function fromWire(fields: readonly unknown[], context: unknown): object {
  const [id, path, name, className, pool, host, pid, incarnation, isCallable, revives, tunnel] = fields;
  const texts = [path, name, className, pool, host];
  const numbers = [id, pid, incarnation];
  if (
    !texts.every((text) => typeof text === "string") ||
    !numbers.every((number) => typeof number === "number") ||
    !(tunnel === undefined || isTunnelName(tunnel))
  )
    throw new Error(
      "a reference to an actor is not [id, path, name, class, pool, host, pid, incarnation, callable, revives, tunnel]",
    );
  const place = {
    ...{ id, path, name, class: className, pool, host, incarnation },
    pid: pid === nowhere ? undefined : pid,
  } as ActorRecord;
  const record: ActorRecord = revives === true ? { ...place, revives } : place;
  const runtime = runtimeOf(context);
  const isFunction = isCallable === true;
  if (!runtime) return makeRemote(new Handle(undefined, record, isFunction, undefined, tunnel));
  const { references } = runtime;
  return tunnel === undefined
    ? references.to(record, isFunction)
    : references.toTunnel(record, tunnel, isFunction);
}

/** Where the reference belongs: where its packet came from, else to the cluster that this process opened last. */
function runtimeOf(context: unknown): ActorRuntime | undefined {
  const { runtimes } = shared;
  return runtimes.find(({ node }) => node === context || node.transport === context) ?? runtimes.at(-1);
}
