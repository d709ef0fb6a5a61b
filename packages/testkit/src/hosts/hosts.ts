import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe } from "vitest";

import { installPackages } from "../debian/install-packages.js";

const run = promisify(execFile);

/** Ends of addresses that hosts have: 10.213.77.1 to 10.213.77.254. */
const maxHosts = 254;

/** A network namespace with an address that the other hosts reach, and shared memory of its own for each program. */
export interface Host {
  readonly address: string;
  /** For `SpawnOptions.under`: runs a program there, with process ids of its own, as on another machine. */
  readonly under: readonly string[];
}

/** Two hosts on this machine; they share a network, and the file system but for /dev/shm, and nothing else. */
export interface TwoHosts {
  readonly a: Host;
  readonly b: Host;
}

/** {@link describeWithHosts} with two. */
export function describeWithTwoHosts(name: string, fn: (hosts: TwoHosts) => void): void {
  describeWithHosts(2, name, ([a, b]) => fn({ a: a!, b: b! }));
}

/**
 * `describe` for tests of what crosses a network, with so many hosts made of Linux namespaces, each on a
 * cable to one switch. Where they cannot be made (no root, no `ip`, a container without the right) the tests are
 * skipped, with a warning.
 *
 * @param count From 1 to 254.
 */
export function describeWithHosts(count: number, name: string, fn: (hosts: readonly Host[]) => void): void {
  if (!(count >= 1 && count <= maxHosts))
    throw new RangeError(`1 to ${maxHosts} hosts can be had: ${count}.`);
  describe(name, async () => {
    // Names of network interfaces take 15 characters.
    const tag = `t${process.pid.toString(36)}${Math.floor(Math.random() * 1296).toString(36)}`;
    const hosts = Array.from({ length: count }, (_, index) => host(tag, index + 1));
    const problem = await tryOut(tag);
    if (problem !== undefined) {
      console.warn(`SKIPPED for want of network namespaces: ${name} (${problem}).`);
      describe.skip(`without ${count} hosts`, () => fn(hosts));
      return;
    }
    beforeAll(() => connect(tag, count));
    afterAll(() => remove(tag, count));
    fn(hosts);
  });
}

function host(tag: string, number: number): Host {
  const under = ["ip", "netns", "exec", namespace(tag, number)];
  // `unshare` itself heeds SIGKILL alone, and takes the program along: end one by `kill()`, not `stop()`.
  under.push("unshare", "--pid", "--fork", "--kill-child", "--mount-proc");
  // Shared memory of its own, as a machine has: what a killed program leaves there goes with it.
  under.push("sh", "-c", 'mount -t tmpfs none /dev/shm && exec "$@"', "sh");
  return { address: `10.213.77.${number}`, under };
}

/** The namespace of host `number`, or of the switch between them: number 0. */
function namespace(tag: string, number: number): string {
  return `${tag}n${number.toString(36)}`;
}

/** Makes one host and takes it away again; says why that is not possible. */
async function tryOut(tag: string): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "only root may make them";
  try {
    await run("ip", ["-V"]).catch(async () => {
      const reason = await installPackages("iproute2");
      if (reason !== undefined) throw new Error(reason);
    });
    await connect(tag, 1);
    const [command, ...args] = host(tag, 1).under;
    await run(command!, [...args, "true"]);
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().split("\n").at(-1);
  } finally {
    await remove(tag, 1);
  }
}

async function connect(tag: string, count: number): Promise<void> {
  const hub = namespace(tag, 0);
  await run("ip", ["netns", "add", hub]);
  await run("ip", ["-n", hub, "link", "add", "switch", "type", "bridge"]);
  await run("ip", ["-n", hub, "link", "set", "switch", "up"]);
  for (let number = 1; number <= count; number++) {
    const name = namespace(tag, number);
    const plug = `to${number}`;
    await run("ip", ["netns", "add", name]);
    await run("ip", ["-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", plug, "netns", hub]);
    await run("ip", ["-n", hub, "link", "set", plug, "master", "switch", "up"]);
    await run("ip", ["-n", name, "addr", "add", `10.213.77.${number}/24`, "dev", "eth0"]);
    await run("ip", ["-n", name, "link", "set", "eth0", "up"]);
    await run("ip", ["-n", name, "link", "set", "lo", "up"]);
  }
}

async function remove(tag: string, count: number): Promise<void> {
  // One that was never made has nothing to remove.
  for (let number = 0; number <= count; number++)
    await run("ip", ["netns", "del", namespace(tag, number)]).catch(() => undefined);
}
