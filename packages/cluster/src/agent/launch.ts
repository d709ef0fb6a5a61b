import type { FromPool, OutputStream, ToPool } from "./channel.js";

/** A pool's process or thread, under way. */
export interface Launched {
  readonly pid: number;
  tell(message: ToPool): void;
  /** Ends it at once. */
  kill(): void;
  /** Whether this process stays alive for it. */
  hold(held: boolean): void;
  /** Whether its output is read. Not read, it stops when it writes. */
  flow(flowing: boolean): void;
}

/** How a run ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not run, or, of a thread, what it threw. */
  readonly error?: Error | undefined;
}

export interface LaunchEvents {
  onMessage(message: FromPool): void;
  onOutput(stream: OutputStream, text: string): void;
  /** It ended, and what it had written was handed over. */
  onExit(exit: Exit): void;
}
