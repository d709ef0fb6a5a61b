import type { Member } from "@troupe/registry";

/** What a pool is told when it starts. */
export interface PoolSetting {
  /** Its name in the cluster. */
  readonly name: string;
  readonly host: string;
  readonly namespace: string;
  readonly label: string | undefined;
  /** Cores that it has for tasks. */
  readonly cpu: number;
  /** What the program is told, as {@link ClusterOptions.settings}. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How it is reached from other machines; `undefined` when it is not. */
  readonly network: PoolNetwork | undefined;
  /** The process that holds the brain. */
  readonly head: Member;
  /** The process that started it. */
  readonly agent: Member;
}

/** How a pool is reached from other machines. */
export interface PoolNetwork {
  /** What to listen at: `tcp://10.0.0.5:*`. */
  readonly listen: string;
  /** The cluster's key, as text. */
  readonly key: string;
}

/** What the host agent tells a pool, beside the cluster's own messages. */
export type ToPool =
  | { readonly op: "start"; readonly setting: PoolSetting }
  /** End in order. */
  | { readonly op: "stop" }
  /** End at once: to a thread, which cannot be killed. */
  | { readonly op: "leave" };

/** What a pool tells the host agent. */
export type FromPool =
  | { readonly op: "up"; readonly peer: Member }
  /** It has heard that it is to end. */
  | { readonly op: "stopping" }
  /** Output of a pool that is a thread, which has no pipe. */
  | { readonly op: "output"; readonly stream: OutputStream; readonly text: string };

/** A program may use the same channel for messages of its own. */
export function isFromPool(message: unknown): message is FromPool {
  const op = (message as { readonly op?: unknown } | null)?.op;
  return op === "up" || op === "stopping" || op === "output";
}

export type OutputStream = "stdout" | "stderr";
