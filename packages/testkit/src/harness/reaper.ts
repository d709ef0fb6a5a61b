import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";

/**
 * Reads `+pid` and `-pid` lines; when its input ends, kills what is still on the list, each with its
 * process group. A shell of its own, so that it works after a SIGKILL of this process too, and against
 * children that are frozen.
 */
const script = `
trap '' INT TERM HUP
list=" "
while read -r line; do
  pid="\${line#?}"
  case "$line" in
    +*) list="$list$pid " ;;
    -*) list="\${list%% $pid *} \${list#* $pid }" ;;
  esac
done
for pid in $list; do kill -s KILL -- "-$pid" 2>/dev/null || kill -s KILL "$pid" 2>/dev/null; done
`;

let reaper: ChildProcess | undefined;
const tracked = new Set<number>();

/**
 * Makes sure that the process, with its group if it leads one, dies when this process does, however that happens.
 * `false` when that was so already.
 */
export function track(pid: number): boolean {
  if (tracked.has(pid)) return false;
  tracked.add(pid);
  tell(`+${pid}\n`);
  return true;
}

/** Takes an ended process off the list, before its pid may go to another. */
export function untrack(pid: number): void {
  if (tracked.delete(pid)) tell(`-${pid}\n`);
}

/** Pid of the reaper's own process, which is not to be counted as anybody's leftover. */
export function reaperPid(): number | undefined {
  return reaper?.pid;
}

function tell(line: string): void {
  reaper ??= startReaper();
  reaper.stdin?.write(line);
}

function startReaper(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", script], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    env: {},
  });
  child.on("error", (error) => {
    process.emitWarning(`Children will outlive a killed test run: ${error.message}`);
  });
  // Neither the reaper nor its pipe keeps the test run alive.
  child.unref();
  const input = child.stdin as Writable & { unref?(): void };
  input.on("error", () => {});
  input.unref?.();
  return child;
}
