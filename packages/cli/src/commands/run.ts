import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { constants } from "node:os";

import { TroupeError } from "@troupe/core";

import { findKey, type KeyOptions } from "../key.js";
import { typeScriptLoader } from "../pools.js";
import { findRunning } from "../running.js";

/** Options of `troupe run`. */
export interface RunOptions extends KeyOptions {
  readonly address?: string;
}

const passedOn = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program, which joins the cluster by `init()`, or by its first actor or task.
 *
 * @returns Its exit code; 128 and the number of the signal that ended it.
 * @throws ERR_CONFIG when there is no such file, or no key for the cluster.
 */
export async function run(script: string, args: readonly string[], options: RunOptions): Promise<number> {
  if (!existsSync(script)) throw new TroupeError("ERR_CONFIG", `There is no program ${script}.`);
  const child = spawn(process.execPath, ["--import", typeScriptLoader(), script, ...args], {
    stdio: "inherit",
    env: { ...process.env, ...clusterVariables(options) },
  });
  const pass = (signal: NodeJS.Signals) => {
    // What is typed at a terminal reaches the program as well, and a second one would end it at once.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of passedOn) process.on(signal, pass);
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  for (const name of passedOn) process.off(name, pass);
  return code ?? 128 + constants.signals[signal!];
}

/** How the program finds its cluster: none of its own machine stands, and none is named, where there are none. */
function clusterVariables({ address, keyFile }: RunOptions): Record<string, string> {
  const running = findRunning();
  const at = address ?? (process.env["TROUPE_ADDRESS"] || running[0]?.address);
  if (at === undefined) return {};
  const key = findKey({ keyFile })?.text ?? running.find((each) => each.address === at)?.key;
  if (key !== undefined) return { TROUPE_ADDRESS: at, TROUPE_KEY: key };
  throw new TroupeError(
    "ERR_CONFIG",
    `The cluster at ${at} needs its key: give --key-file, or set TROUPE_KEY_FILE.`,
  );
}
