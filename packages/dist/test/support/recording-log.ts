import type { Logger } from "@troupe/core";

/** What was logged at one level. */
export interface Entry {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** A logger that keeps warnings and errors. */
export interface RecordingLog extends Logger {
  readonly warnings: readonly Entry[];
  readonly errors: readonly Entry[];
}

export function recordingLog(): RecordingLog {
  const warnings: Entry[] = [];
  const errors: Entry[] = [];
  const into = (entries: Entry[]) => (fields: object, text: string) =>
    void entries.push({ fields: { ...fields }, text });
  return { warnings, errors, debug: () => {}, info: () => {}, warn: into(warnings), error: into(errors) };
}
