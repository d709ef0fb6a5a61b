// Runs commands for the scripts: shown as they go, or kept quiet unless they fail.
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";

import { root } from "./workspace.mjs";

/** Directories that come before the PATH: the workspace's own commands, then what the set-up adds. */
const extraPath = [join(root, "node_modules", ".bin"), dirname(process.execPath)];

export function addToPath(directory) {
  if (!extraPath.includes(directory)) extraPath.push(directory);
}

export function environment() {
  return {
    ...process.env,
    PATH: [...extraPath, process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
    COREPACK_ENABLE_DOWNLOAD_PROMPT: "0",
  };
}

/**
 * Runs a command and keeps its output: `{ code, output }`. Rejects only when there is no such command.
 *
 * @param options.hear Gets the output in pieces, too, as it comes.
 */
export function capture(command, args, { cwd = root, env = {}, hear = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...environment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk) => {
        output += chunk;
        hear(chunk);
      });
    }
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: exitCode(code, signal), output }));
  });
}

/**
 * As {@link capture}, for what may take minutes: says every 10 s how long it has taken.
 *
 * @param options.progress What of the output says how far it is: the last of that is said with it.
 */
export async function captureLong(command, args, { progress, ...options } = {}) {
  const start = performance.now();
  let last = "";
  const hear = (chunk) => {
    if (progress) last = chunk.match(progress)?.at(-1) ?? last;
  };
  const timer = setInterval(() => {
    console.error(`  ${Math.round((performance.now() - start) / 1000)} s ${last}`.trimEnd());
  }, 10_000);
  return capture(command, args, { ...options, hear }).finally(() => clearInterval(timer));
}

/** Runs a command on this terminal, passes signals on to it, and gives its exit code. */
export function show(command, args, { cwd = root, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...environment(), ...env }, stdio: "inherit" });
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    // From a terminal, Ctrl-C reaches the whole group by itself: the command gets it once, not twice.
    const forward = (signal) => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    const release = () => {
      for (const signal of signals) process.removeListener(signal, forward);
    };
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      release();
      resolve(exitCode(code, signal));
    });
  });
}

/** Runs one step of a script: a line that says what, how long it took, and on failure all of its output. */
export async function step(name, work) {
  const start = performance.now();
  const { code, output, note } = await work();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(`${code === 0 ? "ok  " : "FAIL"}  ${name.padEnd(9)} ${seconds} s${note ? `  ${note}` : ""}`);
  if (code !== 0) console.error(`\n${output.trimEnd()}\n`);
  return code;
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

function exitCode(code, signal) {
  return code ?? 128 + (signalNumbers[signal] ?? 0);
}
