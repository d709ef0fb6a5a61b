import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";

/**
 * Told of process groups by lines on its input: `add <pid>` and `drop <pid>`. When the input ends, whatever ended the
 * process that wrote it, the groups that are left are asked to end, and killed when the grace, in tenths of a second,
 * is over.
 */
const script = `
trap '' INT TERM HUP
groups=" "
while read -r verb pid; do
  case $verb in
    add) groups="$groups$pid " ;;
    drop) groups="\${groups%% $pid *} \${groups#* $pid }" ;;
  esac
done
for pid in $groups; do kill -s TERM -- "-$pid" 2>/dev/null; done
round=0
while [ $round -lt "$1" ]; do
  left=
  for pid in $groups; do kill -s 0 -- "-$pid" 2>/dev/null && left=1; done
  [ "$left" ] || exit 0
  sleep 0.1
  round=$((round + 1))
done
for pid in $groups; do kill -s KILL -- "-$pid" 2>/dev/null; done
`;

/** Sees to it that process groups do not outlive this process: a shell that holds a pipe from it. */
export class Warden {
  readonly #shell: ChildProcess;

  /** @param grace Milliseconds between SIGTERM and SIGKILL. */
  constructor(grace: number) {
    // A group of its own: a Ctrl-C at the terminal is not for it.
    this.#shell = spawn("/bin/sh", ["-c", script, "troupe-warden", String(Math.ceil(grace / 100))], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: { PATH: "/usr/bin:/bin" },
    });
    this.#shell.on("error", ({ message }) => {
      process.emitWarning(`What processLauncher() launches will outlive this process: ${message}`);
    });
    this.#shell.stdin?.on("error", () => {});
    // Neither it nor its pipe keeps the program alive.
    this.#shell.unref();
    (this.#shell.stdin as Socket | null)?.unref();
  }

  add(pid: number): void {
    this.#shell.stdin?.write(`add ${pid}\n`);
  }

  drop(pid: number): void {
    this.#shell.stdin?.write(`drop ${pid}\n`);
  }

  /** Nothing is left to watch. Resolves when the shell has ended. */
  async close(): Promise<void> {
    const shell = this.#shell;
    if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    const ended = new Promise((resolve) => shell.once("exit", resolve));
    shell.ref();
    shell.stdin?.end();
    await ended;
  }
}
