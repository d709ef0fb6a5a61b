import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Ten minutes for a package download on a slow line. */
const installTimeout = 600_000;

/**
 * Installs Debian's packages without letting them start a service: `policy-rc.d` says so to the packages'
 * scripts, and goes again if it was not there before.
 */
const script = `
set -e
there=$(dpkg-query --show --showformat='\${db:Status-Status}\\n' "$@" 2> /dev/null | grep -c '^installed$' || true)
[ "$there" = $# ] && exit 0
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 update
apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
`;

/**
 * Installs Debian's packages where this is root on a system with apt; one process at a time, and only what is not
 * there yet.
 *
 * @returns Why they are still missing; `undefined` when they are there.
 */
export async function installPackages(...packages: string[]): Promise<string | undefined> {
  const missing = `${packages.join(", ")} ${packages.length === 1 ? "is" : "are"} not installed`;
  if (userInfo().uid !== 0) return `${missing}, and only root may do it`;
  const hasApt = await access("/usr/bin/apt-get", constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!hasApt) return `${missing}, and there is no apt-get to do it with`;
  // flock(1) is on every Debian; the kernel frees the lock of a process that dies.
  const lock = join(tmpdir(), "troupe-install.lock");
  try {
    await run("flock", [lock, "sh", "-c", script, "install", ...packages], { timeout: installTimeout });
    return undefined;
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    return `${missing}, and doing it failed: ${stderr.trim().split("\n").at(-1) || message}`;
  }
}
