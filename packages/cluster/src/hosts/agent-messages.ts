import type { Member } from "@troupe/registry";

import type { PoolOptions } from "../agent/pool-options.js";
import type { Death } from "../node/brain-port.js";

/** System request of the head to a host's agent: what it is to do. */
export const agentOp = "agent";
/** System request of an agent to the head, which nobody waits for: what became of its pools, in order. */
export const agentNewsOp = "agent-news";
/** System request of an agent to the head: lines that its pools wrote. Answered once there is room for more. */
export const agentLinesOp = "agent-lines";

/** What {@link agentOp} is asked with. */
export type AgentRequest =
  | readonly ["add", pool: string, options: PoolOptions]
  | readonly ["start" | "ensure" | "kill" | "remove", pool: string]
  /** It is to end all its pools, and itself. */
  | readonly ["close"];

/** What {@link agentNewsOp} is told with. */
export type AgentNews =
  | readonly ["starting", pool: string]
  | readonly ["up", pool: string, peer: Member, restarts: number]
  | readonly ["down", pool: string, death: Death, wasUp: boolean];
