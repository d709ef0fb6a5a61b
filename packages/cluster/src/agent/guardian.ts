import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";

import { type Logger, processIdentity, runtimeDirectory, withDeadline } from "@troupe/core";

/**
 * Told of pools by lines on its input: `add <pid>`, `drop <pid>`, and at an orderly end `done`. When the input
 * ends without, its process died: pools get a second and a half to notice, and those that cannot, stuck in a loop or
 * stopped, are killed. Then the sockets and segments of all of them go, which bear pid and start time in their names.
 *
 * A process is told from a later one with its pid by the start time, field 22 of /proc/<pid>/stat.
 */
const script = `
trap '' INT TERM HUP
sockets=$1 driver=$2:$3 pools=
look() {
  state=R start=0
  [ -d /proc/self ] || { kill -0 "$1"; return; }
  read -r stat < "/proc/$1/stat" || return 1
  set -- \${stat##*) }
  state=$1 start=\${20}
}
lives() { look "\${1%:*}" && [ "$state" != Z ] && [ "$start" = "\${1#*:}" ]; }
while read -r verb pid; do
  case $verb in
    add) look "$pid" && pools="$pools $pid:$start" ;;
    drop)
      kept=
      for pool in $pools; do [ "\${pool%:*}" = "$pid" ] || kept="$kept $pool"; done
      pools=$kept ;;
    done) exit 0 ;;
  esac
done
round=0
while [ $round -lt 15 ]; do
  left=
  for pool in $pools; do lives "$pool" && left=1; done
  [ "$left" ] || break
  sleep 0.1
  round=$((round + 1))
done
for pool in $pools; do lives "$pool" && kill -s KILL "\${pool%:*}"; done
for owner in $driver $pools; do
  name=\${owner%:*}.\${owner#*:}
  rm -f "$sockets"/*."$name".*.sock /dev/shm/troupe.*."$name".*
done
`;

/** Milliseconds that it may take to end. */
const endLimit = 2_000;

/** Sees to it that no pool outlives this process, whatever becomes of it: a shell that holds a pipe from it. */
export class Guardian {
  readonly #shell: ChildProcess;

  constructor(log: Logger) {
    const { pid, startTime } = processIdentity();
    const program = ["-c", script, "troupe-guardian", runtimeDirectory(), String(pid), String(startTime)];
    // A group of its own: a Ctrl-C at the terminal is not for it.
    this.#shell = spawn("/bin/sh", program, {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: { PATH: "/usr/bin:/bin" },
    });
    this.#shell.on("error", (error) => {
      log.warn({ err: error }, "pools that are stuck will outlive this process if it is killed");
    });
    this.#shell.stdin?.on("error", () => {});
    this.#hold(false);
  }

  add(pid: number): void {
    this.#shell.stdin?.write(`add ${pid}\n`);
  }

  drop(pid: number): void {
    this.#shell.stdin?.write(`drop ${pid}\n`);
  }

  /** There is nothing left to guard. */
  async done(): Promise<void> {
    const shell = this.#shell;
    if (shell.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    this.#hold(true);
    const ended = once(shell, "exit");
    shell.stdin?.end("done\n");
    await withDeadline("the end of the guardian", ended, { timeout: endLimit }).catch(() => {
      shell.kill("SIGKILL");
    });
  }

  #hold(held: boolean): void {
    for (const handle of [this.#shell, this.#shell.stdin as Socket | null]) {
      if (held) handle?.ref();
      else handle?.unref();
    }
  }
}
