import type { ProcessTable } from "../brain/process-table.js";
import type { Node } from "./node.js";

/** Tells a process, which may be this one, and waits for nothing. */
export function tellProcess(node: Node, process: string, op: string, args: unknown): void {
  if (process !== node.name) return node.tell(process, op, args);
  node.request(process, op, args).catch((error: unknown) => {
    node.log.debug({ err: error, op }, "the driver could not be told");
  });
}

/** Tells all other processes that run, but for one: pools, and the agents of other machines. */
export function tellOthers(
  node: Node,
  processes: ProcessTable,
  op: string,
  args: unknown,
  except: string,
): void {
  for (const { name, state } of processes.all())
    if (state === "up" && name !== node.name && name !== except) node.tell(name, op, args);
}
