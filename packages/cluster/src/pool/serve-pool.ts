import { isMainThread } from "node:worker_threads";

import {
  ClusterKey,
  importTypeScript,
  isProcessAlive,
  sweepRuntimeDirectory,
  withDeadline,
} from "@troupe/core";
import type { Limits } from "@troupe/proxy";
import type { Member } from "@troupe/registry";

import type { PoolSetting } from "../agent/channel.js";
import { BrainClient } from "../brain/brain-client.js";
import { hearNews } from "../node/news.js";
import { Node } from "../node/node.js";
import { tagOutput } from "../output/pool-output.js";
import { inlineMore } from "./inline-more.js";
import { openParent, type Parent } from "./parent.js";

/** What a pool is among. */
export interface PoolPlace {
  /** Cores that it has for tasks. */
  readonly cpu: number;
}

/** Options of {@link servePool}. */
export interface ServePoolOptions {
  /** Path of the actor that runs now, to whom output is ascribed. */
  readonly currentPath?: (() => string | undefined) | undefined;
  /**
   * Gets the node before anybody else can reach it, and the cluster's `settings`; the pool is up when this is done.
   */
  readonly onNode?:
    | ((node: Node, settings: Readonly<Record<string, unknown>>, place: PoolPlace) => void | Promise<void>)
    | undefined;
  /** The pool ends: five seconds to stop what runs there. */
  readonly onStop?: (() => void | Promise<void>) | undefined;
  readonly limits?: Partial<Limits> | undefined;
}

/** Milliseconds for `onStop`. */
const stopGrace = 5_000;
/**
 * Serves a pool: opens this process's node, tells the host agent that started it, and ends when asked to, by
 * SIGTERM, or with that agent.
 *
 * SIGINT is ignored: a Ctrl-C at the terminal reaches pools as well as the agent, and the agent decides.
 *
 * @throws ERR_CONFIG when no host agent started this program.
 */
export async function servePool(options: ServePoolOptions = {}): Promise<Node> {
  const { currentPath = () => undefined, onNode, onStop, limits } = options;
  inlineMore();
  const parent = openParent();
  tagOutput("stdout", parent.stdout, currentPath);
  tagOutput("stderr", parent.stderr, currentPath);
  const setting = await parent.setting;
  if (!isMainThread) await importTypeScript();
  const { name, host, head, agent, cpu, settings, network } = setting;
  const node = await Node.open({
    name,
    component: "pool",
    host,
    head: head.name,
    agent: agent.name,
    brain: (of) => new BrainClient(of),
    remote: network && { listen: network.listen, key: new ClusterKey(network.key) },
    limits,
  });
  hearNews(node);
  for (const peer of [head, agent]) node.introduce(peer);
  endInOrder(parent, setting, node, onStop);
  await onNode?.(node, settings, { cpu });
  parent.tell({ op: "up", peer: node.transport.self });
  return node;
}

function endInOrder(
  parent: Parent,
  { agent }: PoolSetting,
  node: Node,
  onStop: ServePoolOptions["onStop"],
): void {
  let ending = false;
  /** What ends it first has its way. */
  const once = (end: () => Promise<void>) => () => {
    if (ending) return;
    ending = true;
    void end();
  };
  const stop = async () => {
    await withDeadline("stopping the actors of a pool", Promise.resolve(onStop?.()), {
      timeout: stopGrace,
    }).catch((error: unknown) => {
      node.log.warn({ err: error, pool: node.name }, "a pool ends though not all in it has stopped");
    });
    await node.close();
  };
  parent.onStop(
    once(async () => {
      parent.tell({ op: "stopping" });
      await stop();
      process.exit(0);
    }),
  );
  parent.onGone(
    once(async () => {
      // Nobody is left for whom to finish anything.
      node.transport.destroy();
      await cleanUpAfter(agent);
      process.exit(1);
    }),
  );
  process.once("exit", () => {
    node.transport.destroy();
    parent.left();
  });
  process.on("SIGINT", () => {});
  process.once(
    "SIGTERM",
    once(async () => {
      await stop();
      // Without our listener it ends the process, and says how.
      process.kill(process.pid, "SIGTERM");
    }),
  );
}

/** Removes what a dead agent left. The pipe to it breaks a moment before it is gone. */
async function cleanUpAfter(agent: Member): Promise<void> {
  for (let look = 0; look < 20 && isProcessAlive(agent.process); look++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  sweepRuntimeDirectory();
  const { sweepSegments } = await import("@troupe/shm");
  sweepSegments();
}
