import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe } from "vitest";

const run = promisify(execFile);

/** One of two hosts: a network namespace with an address that the other reaches. */
export interface Host {
  readonly address: string;
  /** For `SpawnOptions.under`: runs a program there, with process ids of its own, as on another machine. */
  readonly under: readonly string[];
}

/** Two hosts on this machine, joined by a cable; they share nothing else but the file system. */
export interface TwoHosts {
  readonly a: Host;
  readonly b: Host;
}

/**
 * `describe` for tests of what crosses a network, with two hosts made of Linux namespaces. Where they
 * cannot be made (no root, no `ip`, a container without the right) they are skipped, with a warning.
 */
export function describeWithTwoHosts(name: string, fn: (hosts: TwoHosts) => void): void {
  describe(name, async () => {
    // Names of network interfaces take 15 characters.
    const tag = `t${process.pid.toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
    const hosts = { a: host(`${tag}a`, 1), b: host(`${tag}b`, 2) };
    const problem = await tryOut(tag);
    if (problem !== undefined) {
      console.warn(`SKIPPED for want of network namespaces: ${name} (${problem}).`);
      describe.skip("without two hosts", () => fn(hosts));
      return;
    }
    beforeAll(() => connect(tag));
    afterAll(() => remove(tag));
    fn(hosts);
  });
}

function host(namespace: string, number: number): Host {
  const under = ["ip", "netns", "exec", namespace];
  // `unshare` itself heeds SIGKILL alone, and takes the program along: end one by `kill()`, not `stop()`.
  under.push("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
  return { address: `10.213.77.${number}`, under };
}

/** Makes the namespaces once and takes them away again; says why that is not possible. */
async function tryOut(tag: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "only root may make them";
  try {
    await run("ip", ["-V"]).catch(() => install());
    await connect(tag);
    await run("ip", ["netns", "exec", `${tag}a`, "unshare", "--pid", "--fork", "--mount-proc", "true"]);
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split("\n").at(-1);
  } finally {
    await remove(tag);
  }
}

async function install(): Promise<void> {
  await run("apt-get", ["update", "-q"]);
  await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", "iproute2"], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}

async function connect(tag: string): Promise<void> {
  const [a, b] = [`${tag}a`, `${tag}b`];
  for (const name of [a, b]) await run("ip", ["netns", "add", name]);
  await run("ip", ["-n", a, "link", "add", `${a}v`, "type", "veth", "peer", "name", `${b}v`, "netns", b]);
  for (const [name, number] of [
    [a, 1],
    [b, 2],
  ] as const) {
    await run("ip", ["-n", name, "addr", "add", `10.213.77.${number}/24`, "dev", `${name}v`]);
    await run("ip", ["-n", name, "link", "set", `${name}v`, "up"]);
    await run("ip", ["-n", name, "link", "set", "lo", "up"]);
  }
}

async function remove(tag: string): Promise<void> {
  // One that was never made has nothing to remove.
  for (const name of [`${tag}a`, `${tag}b`]) await run("ip", ["netns", "del", name]).catch(() => undefined);
}
