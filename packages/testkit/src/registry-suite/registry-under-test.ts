import type { Member, MembershipChange, Registry } from "@troupe/registry";

/** What the suite's tests share: clients of one registry, and names that no other test uses. */
export interface RegistryUnderTest {
  /** A client of the registry; closed after the test. */
  open(): Promise<Registry>;
  /** A name of this test alone. */
  fresh(stem: string): string;
  /** A member of a process that lives, this one. */
  member(name: string, changes?: Partial<Member>): Member;
}

/** What a watch told so far, read in the background. */
export interface Watched {
  readonly changes: readonly MembershipChange[];
  /** Names in the group as the last change has them. */
  names(): string[] | undefined;
  /** Settles when the watch ended. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Reads a watch in the background. */
export function readWatch(registry: Registry, group: string, signal?: AbortSignal): Watched {
  const changes: MembershipChange[] = [];
  const iterator = registry.watch(group, signal ? { signal } : {})[Symbol.asyncIterator]();
  const read = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) changes.push(next.value);
  };
  const ended = read();
  return {
    changes,
    names: () => changes.at(-1)?.members.map(({ name }) => name),
    ended,
    stop: async () => {
      await iterator.return?.();
      await ended;
    },
  };
}

/** The names of members. */
export function namesOf(members: readonly Member[]): string[] {
  return members.map(({ name }) => name);
}
