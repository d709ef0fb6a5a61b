/** The extension type of handles that are found by name; docs/protocol.md has its fields. */
export const extensionType = 0x19;

const kind = "parameters";

export function toWire(name: string, shards: number): readonly unknown[] {
  return [kind, name, shards];
}

/** What arrived in messages, by name: the same handle each time, as long as somebody has it. */
const known = new Map<string, WeakRef<object>>();
const forgotten = new FinalizationRegistry<string>((name) => {
  if (known.get(name)?.deref() === undefined) known.delete(name);
});

/** The handle that a message speaks of. */
export function fromWire<T extends object>(
  [what, name, shards]: readonly unknown[],
  make: (name: string, shards: number) => T,
): T {
  if (what !== kind || typeof name !== "string" || !Number.isSafeInteger(shards))
    throw new Error('a handle of parameters is not ["parameters", name, shards]');
  const found = known.get(name)?.deref() as T | undefined;
  if (found !== undefined) return found;
  const handle = make(name, shards as number);
  known.set(name, new WeakRef(handle));
  forgotten.register(handle, name);
  return handle;
}
