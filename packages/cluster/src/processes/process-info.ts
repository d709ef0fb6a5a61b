import type { ProcessEntry, ProcessTable } from "../brain/process-table.js";
import type { Node } from "../node/node.js";
import { type ProcessStats, processStatsOp } from "./process-stats.js";

/** A process of a cluster, or a thread that is a pool: who it is, and what it takes, unless it does not answer. */
export interface ProcessInfo extends Partial<ProcessStats> {
  /** `driver-0`, `pool-3`, `host-1`. */
  readonly name: string;
  /** A program that has or joined the cluster, a pool, or the agent of a machine that joined. */
  readonly kind: "driver" | "pool" | "host";
  /** Its machine. */
  readonly host: string;
  /** Of a thread that of its process. */
  readonly pid: number;
  /**
   * Whether it did not answer within a second: it is stuck or overloaded; or it is a pool that ended, and has not been
   * started again.
   */
  readonly unresponsive: boolean;
}

/** Milliseconds that a process has to answer. */
const patience = 1_000;

/** All processes that have been started and not removed, at the head. */
export function processInfos(node: Node, processes: ProcessTable): Promise<ProcessInfo[]> {
  return Promise.all(
    Array.from(processes.all())
      .filter(hasRun)
      .map((entry) => infoOf(node, entry)),
  );
}

type Started = ProcessEntry & { readonly pid: number };

function hasRun(entry: ProcessEntry): entry is Started {
  return entry.pid !== undefined;
}

async function infoOf(node: Node, { name, kind, host, pid, peer }: Started): Promise<ProcessInfo> {
  const stats = peer && (await ask(node, name));
  return { name, kind, host, pid, unresponsive: !stats, ...stats };
}

async function ask(node: Node, process: string): Promise<ProcessStats | undefined> {
  try {
    return (await node.request(process, processStatsOp, null, { timeout: patience })) as ProcessStats;
  } catch (error) {
    node.log.debug({ err: error, process }, "a process does not say what it takes");
    return undefined;
  }
}
