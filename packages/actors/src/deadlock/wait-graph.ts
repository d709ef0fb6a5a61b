/** A call, or a mailbox in which calls wait: what others wait for. */
export interface WaitNode {
  /** Unique in the cluster. */
  readonly key: string;
  /** Of a call, what it calls: `counter-0.add()`. */
  readonly call?: string;
  /** The mailbox in which it waits, for a call that has not begun. */
  readonly mailbox?: string;
  /**
   * What it waits for; once any of these is over it may go on. Of a mailbox, the calls that have its slots; of a call
   * that runs, those that it made and that are not answered. Nothing for what may go on by itself.
   */
  readonly waitsFor: readonly string[];
}

/** Who waits for whom. What it does not know may go on by itself. */
export type WaitGraph = ReadonlyMap<string, WaitNode>;

/** Those that can go on no more: all that they wait for waits too, and so on in circles. */
export function stuckIn(graph: WaitGraph): Set<string> {
  const waiters = new Map<string, string[]>();
  const free: string[] = [];
  for (const { key, waitsFor } of graph.values()) {
    if (waitsFor.length === 0) free.push(key);
    for (const other of waitsFor) {
      const known = waiters.get(other);
      if (known) known.push(key);
      else waiters.set(other, [key]);
      if (!graph.has(other)) free.push(key);
    }
  }
  const stuck = new Set(graph.keys());
  for (let key = free.pop(); key !== undefined; key = free.pop())
    if (stuck.delete(key)) free.push(...(waiters.get(key) ?? []));
  return stuck;
}

/** What can be reached from a mailbox, and leads back to it. Empty when nothing does. */
export function circlesThrough(mailbox: string, graph: WaitGraph, stuck: ReadonlySet<string>): Set<string> {
  const ahead = reached(mailbox, (key) => graph.get(key)!.waitsFor.filter((other) => stuck.has(other)));
  const backward = new Map<string, string[]>();
  for (const key of ahead)
    for (const other of graph.get(key)!.waitsFor) backward.set(other, [...(backward.get(other) ?? []), key]);
  const back = reached(mailbox, (key) => backward.get(key) ?? []);
  return new Set([...ahead].filter((key) => back.has(key)));
}

/**
 * The call that is to fail: of those that wait in a circle the one with the last key, so that all who look agree on
 * one.
 */
export function victimAmong(circles: ReadonlySet<string>, graph: WaitGraph): WaitNode | undefined {
  let victim: WaitNode | undefined;
  for (const key of circles) {
    const node = graph.get(key)!;
    if (node.mailbox !== undefined && (!victim || key > victim.key)) victim = node;
  }
  return victim;
}

/** The calls of the shortest circle through one that waits, from the one that it waits behind to itself. */
export function circleOf({ key: victim, mailbox }: WaitNode, graph: WaitGraph): string[] {
  const from = new Map<string, string>();
  const rest = [mailbox!];
  for (const key of rest) {
    for (const other of graph.get(key)?.waitsFor ?? []) {
      if (from.has(other)) continue;
      from.set(other, key);
      rest.push(other);
    }
    if (from.has(victim)) break;
  }
  const calls: string[] = [];
  for (let key: string | undefined = victim; key !== undefined && key !== mailbox; key = from.get(key)) {
    const { call } = graph.get(key) ?? {};
    if (call !== undefined) calls.unshift(call);
  }
  return calls;
}

function reached(start: string, next: (key: string) => readonly string[]): Set<string> {
  const rest: string[] = [start];
  const found = new Set<string>();
  for (let key = rest.pop(); key !== undefined; key = rest.pop()) {
    for (const other of next(key)) {
      if (found.has(other)) continue;
      found.add(other);
      rest.push(other);
    }
  }
  return found;
}
