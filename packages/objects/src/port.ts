import type { Logger, WaitOptions } from "@troupe/core";

/** A process's way to the other processes of its cluster, as a node of it has it. */
export interface ObjectPort {
  /** Name of this process there. */
  readonly name: string;
  /** What the codec's extensions are told of messages from there. */
  readonly transport: unknown;
  readonly log: Logger;
  serve(op: string, handler: (args: unknown, from: string) => unknown): void;
  /** Rejects when the other process ends. Reaches this process as well. */
  request(to: string, op: string, args: unknown, options?: WaitOptions): Promise<unknown>;
  tell(to: string, op: string, args: unknown): void;
  /** Told of each process that ended. */
  onGone(listener: (name: string) => void): () => void;
}
