import { processIdentity, TroupeError } from "@troupe/core";

import { Memory } from "./memory/memory.js";

/** The extension type of shared handles; docs/protocol.md has its fields. */
export const extensionType = 0x17;

/** Where a buffer is: what is sent of it. */
export interface ReplayAddress {
  readonly kind: "replay";
  readonly name: string;
  /** The machine, its boot and pid namespace. */
  readonly host: string;
}

/** Of a buffer of this host. */
export function addressHere(name: string): ReplayAddress {
  return { kind: "replay", name, host: processIdentity().host };
}

/** What arrived in messages, by name: the same buffer each time, as long as somebody has it. */
const known = new Map<string, WeakRef<object>>();
const forgotten = new FinalizationRegistry<string>((name) => {
  if (known.get(name)?.deref() === undefined) known.delete(name);
});

/** The buffer that a message speaks of. Nothing is opened yet, so that one that cannot be does not spoil the message. */
export function arrived<T extends object>(
  [kind, name, host]: readonly unknown[],
  make: (address: ReplayAddress) => T,
): T {
  if (kind !== "replay" || typeof name !== "string" || typeof host !== "string")
    throw new Error('a shared handle is not ["replay", name, host]');
  const key = `${host} ${name}`;
  const found = known.get(key)?.deref() as T | undefined;
  if (found !== undefined) return found;
  const replay = make({ kind, name, host });
  known.set(key, new WeakRef(replay));
  forgotten.register(replay, key);
  return replay;
}

/** @throws ERR_CONFIG for memory of another host, else as {@link Memory.open}. */
export function fromAddress({ name, host }: ReplayAddress): Memory {
  if (host === processIdentity().host) return Memory.open(name);
  throw new TroupeError(
    "ERR_CONFIG",
    `The replay buffer ${name} is in the shared memory of another host, which this process does not reach. ` +
      "Serve it there by dist(ReplayBuffer), and pass the reference that create() gives.",
    { details: { name, host } },
  );
}
