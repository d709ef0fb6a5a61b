import { isMainThread, parentPort, workerData } from "node:worker_threads";

import { TroupeError } from "@troupe/core";

import type { FromPool, PoolSetting, ToPool } from "../agent/channel.js";
import { ThreadGate } from "../agent/thread-gate.js";
import { blockingOutput, type Write } from "../output/pool-output.js";

/** A pool's side of its channel to the host agent that started it. */
export interface Parent {
  /** What the agent told it to be. */
  readonly setting: Promise<PoolSetting>;
  tell(message: FromPool): void;
  /** Asked to end. */
  onStop(listener: () => void): void;
  /** The agent's process is not there any more. */
  onGone(listener: () => void): void;
  /** This thread or process holds nothing any more that its sudden end could harm. */
  left(): void;
  /** How output reaches the agent. */
  readonly stdout: Write;
  readonly stderr: Write;
}

/** @throws ERR_CONFIG when no host agent started this program. */
export function openParent(): Parent {
  if (!isMainThread && parentPort) return threadParent(parentPort, workerData as SharedArrayBuffer);
  if (process.send) return processParent();
  throw new TroupeError(
    "ERR_CONFIG",
    "This program serves a pool, and is started by a cluster: give its URL to Cluster.start().",
  );
}

function processParent(): Parent {
  return {
    ...listening((listener) => process.on("message", listener)),
    tell: (message) => void process.send?.(message, undefined, undefined, () => {}),
    onGone: (listener) => void process.once("disconnect", listener),
    left: () => {},
    stdout: blockingOutput(1),
    stderr: blockingOutput(2),
  };
}

function threadParent(port: NonNullable<typeof parentPort>, shared: SharedArrayBuffer): Parent {
  const gate = new ThreadGate(shared);
  const tell = (message: FromPool) => port.postMessage(message);
  const output =
    (stream: "stdout" | "stderr"): Write =>
    (text) => {
      tell({ op: "output", stream, text });
      gate.written(text.length);
    };
  return {
    ...listening((listener) => port.on("message", listener)),
    tell,
    onGone: () => {},
    left: () => gate.left(),
    stdout: output("stdout"),
    stderr: output("stderr"),
  };
}

function listening(
  listen: (listener: (message: ToPool) => void) => unknown,
): Pick<Parent, "setting" | "onStop"> {
  let onStop = () => {};
  const setting = new Promise<PoolSetting>((resolve) => {
    listen((message) => {
      if (message.op === "start") resolve(message.setting);
      else if (message.op === "stop") onStop();
      else process.exit(1);
    });
  });
  return {
    setting,
    onStop: (listener) => {
      onStop = listener;
    },
  };
}
