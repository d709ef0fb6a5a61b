import { isProcessAlive } from "@troupe/core";

import { findRunning } from "../running.js";

/** Milliseconds for all of it to end. */
const patience = 30_000;
/** Milliseconds between two looks. */
const interval = 50;

/** Ends what runs on this machine, hosts before heads. @returns 1 when something does not end. */
export async function stop(): Promise<number> {
  const running = findRunning().reverse();
  if (running.length === 0) console.log("Nothing runs on this machine that `troupe start` started.");
  for (const each of running) {
    const { kind, pid } = each;
    process.kill(pid, "SIGTERM");
    const end = performance.now() + patience;
    while (isProcessAlive(each) && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, interval));
    if (isProcessAlive(each)) {
      console.error(
        `The ${kind} (pid ${pid}) has not ended in ${patience / 1_000} s; kill -9 ${pid} ends it.`,
      );
      return 1;
    }
    console.log(`Stopped the ${kind} (pid ${pid}).`);
  }
  return 0;
}
