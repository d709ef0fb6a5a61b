import type { Cluster } from "./cluster.js";

/** Milliseconds until the first look, and until the next after one that found something. */
const firstInterval = 50;
const longestInterval = 1_000;
/** Milliseconds that a look takes while something else keeps the process alive. */
const lookTime = 5;

/**
 * Closes a cluster once nothing but its own sockets keeps this process alive, for which Node would wait for ever.
 *
 * No list of Node's has all that may keep a process alive: neither work in its thread pool nor the sockets of ZeroMQ
 * are in one. So now and then the cluster lets go of the process for a moment, and whether it would end then is
 * Node's to say.
 */
export function closeWhenIdle(cluster: Cluster): void {
  let interval = firstInterval;
  const look = async () => {
    if (cluster.isClosed) return;
    // Whoever waits for an actor is not done; to Node a promise is nothing.
    if (isAwaited(cluster)) interval = firstInterval;
    else if (await isIdle(cluster).catch(() => false)) return cluster.close();
    else interval = Math.min(interval * 2, longestInterval);
    lookLater();
  };
  const lookLater = () => void setTimeout(() => void look(), interval).unref();
  lookLater();
}

/** Whether somebody waits for an actor or a task. */
function isAwaited({ runtime, tasks }: Cluster): boolean {
  return runtime.isAwaited || tasks.isAwaited;
}

/** Whether the process ends when the cluster lets go of it. */
async function isIdle(cluster: Cluster): Promise<boolean> {
  const resume = await cluster.runtime.node.transport.pause();
  return new Promise((resolve) => {
    const decide = (isIdle: boolean) => {
      clearTimeout(timer);
      process.off("beforeExit", onBeforeExit);
      resume();
      resolve(isIdle);
    };
    // The last thing that the program did may have been a call.
    const onBeforeExit = () => decide(!isAwaited(cluster));
    // Fires only in a process that lives on.
    const timer = setTimeout(decide, lookTime, false).unref();
    process.once("beforeExit", onBeforeExit);
  });
}
