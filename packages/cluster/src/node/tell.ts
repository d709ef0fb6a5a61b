import type { ProcessTable } from "../brain/process-table.js";
import type { Node } from "./node.js";

/** Tells a process, which may be this one, and waits for nothing. */
export function tellProcess(node: Node, process: string, op: string, args: unknown): void {
  if (process !== node.name) return node.tell(process, op, args);
  node.request(process, op, args).catch((error: unknown) => {
    node.log.debug({ err: error, op }, "the driver could not be told");
  });
}

/** Tells all pools that run, but for one. */
export function tellPools(
  node: Node,
  { pools }: ProcessTable,
  op: string,
  args: unknown,
  except: string,
): void {
  for (const { name, state } of pools) if (state === "up" && name !== except) node.tell(name, op, args);
}
