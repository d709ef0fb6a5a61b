/** What is read of an entry of Nomad's `GET /v1/job/:id/allocations`. */
export interface AllocationStub {
  readonly TaskStates?: Readonly<Record<string, { readonly Events?: readonly TaskEvent[] | null }>> | null;
}

interface TaskEvent {
  readonly Type: string;
  readonly DisplayMessage?: string;
}

/** Events that follow from a failure, and say nothing of it. */
const consequences = ["Not Restarting", "Killing", "Killed", "Alloc Unhealthy"];

/** Why the last of a job's allocations failed, in Nomad's words; `undefined` when it does not say. */
export function failureOf(allocations: readonly AllocationStub[]): string | undefined {
  const tasks = allocations.flatMap(({ TaskStates }) => Object.values(TaskStates ?? {}));
  const events = tasks.flatMap(({ Events }) => Events ?? []);
  const last = events.filter(({ Type }) => !consequences.includes(Type)).at(-1);
  return last && [last.Type, last.DisplayMessage].filter(Boolean).join(": ");
}
