import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** Where the server's program is, or why there is none. */
export type RedisBinary = { readonly path: string } | { readonly reason: string };

const run = promisify(execFile);

/** Ten minutes for a package download on a slow line. */
const installTimeout = 600_000;

/**
 * Installs Debian's package without letting it start a service: `policy-rc.d` says so to the package's
 * scripts, and goes again if it was not there before.
 */
const installScript = `
set -e
command -v redis-server && exit 0
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 update
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends redis-server
`;

let found: Promise<RedisBinary> | undefined;

/**
 * Finds `redis-server` or `valkey-server`, in `TROUPE_REDIS_SERVER` or on the PATH. Where it is missing
 * and this is root on a system with apt, installs it, once for all processes that ask. Asked again, it
 * answers as before.
 */
export function redisBinary(): Promise<RedisBinary> {
  return (found ??= findOrInstall());
}

async function findOrInstall(): Promise<RedisBinary> {
  const present = await find();
  if (present) return { path: present };
  const reason = await install();
  const installed = await find();
  return installed ? { path: installed } : { reason };
}

async function find(): Promise<string | undefined> {
  const named = process.env["TROUPE_REDIS_SERVER"];
  if (named) return (await runnable(named)) ? named : undefined;
  const directories = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  for (const name of ["redis-server", "valkey-server"]) {
    for (const directory of [...directories, "/usr/bin", "/usr/local/bin"]) {
      const path = join(directory, name);
      if (await runnable(path)) return path;
    }
  }
  return undefined;
}

/** Says why there is still no server afterwards, should that be so. */
async function install(): Promise<string> {
  const missing = "redis-server is not installed";
  if (process.env["TROUPE_REDIS_SERVER"]) return "TROUPE_REDIS_SERVER names no program that can be run";
  if (userInfo().uid !== 0) return `${missing}, and only root may install it`;
  if (!(await runnable("/usr/bin/apt-get"))) return `${missing}, and there is no apt-get to install it with`;
  // flock(1) is on every Debian; the kernel frees the lock of a process that dies.
  const lock = join(tmpdir(), "troupe-redis-install.lock");
  try {
    await run("flock", [lock, "sh", "-c", installScript], { timeout: installTimeout });
    return `${missing}, though apt-get reported success`;
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    return `${missing}, and installing it failed: ${stderr.trim().split("\n").at(-1) || message}`;
  }
}

async function runnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
