import { randomInt } from "node:crypto";
import { chmodSync, linkSync, lstatSync, readdirSync, renameSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { basename, dirname } from "node:path";

import { makeDirectory, processIdentity, TroupeError } from "@troupe/core";

import { dial, listen, turnstile } from "./dial.js";
import { type Claim, codeOf, type Place } from "./place.js";

const maxRandom = 999_999_999;
/** A socket's path must fit `sun_path`: 108 bytes with its end on Linux, 104 on macOS. */
const maxSocketPath = process.platform === "darwin" ? 103 : 107;

/**
 * An embedded registry at a socket file, which any process of this user may come to serve, and exactly
 * one does.
 *
 * A socket file outlives its server, and to remove or replace a dead one is not safe by itself: between
 * the look and the deed another process may have put a living one there. Therefore a server's socket has
 * a second name, its claim, `<path>.<number>`, and nobody removes a name of another that may be alive:
 *
 * 1. Whoever finds all claims dead binds a socket under a name of its own and hard-links it to
 *    `<path>.<n+1>`, n being the highest claim. The kernel lets one succeed of all who try the same number.
 * 2. It looks again. Where another claim lives, or a higher one stands, it withdraws.
 * 3. Now it is the server: of two who both hold a claim, the later to look has seen the other. It removes
 *    the lower claims, all dead, and renames its socket to `<path>`, which replaces a dead one in one step.
 *
 * Whether a claim lives the kernel says: a connection to the socket of a dead process is refused, and one
 * to a paused process is not. That holds across containers that share the directory, too.
 */
export class IpcPlace implements Place {
  readonly url: string;
  readonly where: string;

  /** @throws ERR_CONFIG when the path is too long for a socket. */
  constructor(private readonly path: string) {
    this.url = `ipc://${path}`;
    this.where = path;
    const longest = Buffer.byteLength(this.#ownName(maxRandom));
    if (longest > maxSocketPath) {
      throw new TroupeError(
        "ERR_CONFIG",
        `The registry's socket ${path} needs ${longest} bytes with the names beside it, and the system allows ${maxSocketPath}; choose a shorter path.`,
        { details: { path, limit: maxSocketPath } },
      );
    }
  }

  async dial(signal: AbortSignal): Promise<Socket | undefined> {
    checkIsSocket(this.path);
    const socket = await dial({ path: this.path }, signal);
    // A server that has just won may not have its path yet.
    return socket ?? this.#living();
  }

  async claim(): Promise<Claim | undefined> {
    makeDirectory(dirname(this.path));
    const living = await this.#living();
    living?.destroy();
    if (living) return undefined;

    const number = Math.max(0, ...this.#claims()) + 1;
    const server = createServer();
    const accept = turnstile(server);
    const bound = this.#ownName(randomInt(maxRandom));
    await listen(server, { path: bound });
    let linked = false;
    try {
      chmodSync(bound, 0o600);
      linked = link(bound, this.#claim(number));
      const stands = linked && (await this.#standsAlone(number));
      if (stands) {
        checkIsSocket(this.path);
        const lower = this.#claims().filter((other) => other < number);
        const follows = lower.length > 0 || exists(this.path);
        remove(...lower.map((other) => this.#claim(other)));
        renameSync(bound, this.path);
        return this.#claimed(server, accept, number, follows);
      }
    } catch (error) {
      this.#withdraw(server, linked ? number : undefined);
      throw error;
    }
    this.#withdraw(server, linked ? number : undefined);
    return undefined;
  }

  #claimed(server: Server, accept: Claim["accept"], number: number, follows: boolean): Claim {
    const inode = inodeOf(this.path);
    const release = () => {
      forgetAtExit(release);
      const names = [this.path, this.#claim(number)];
      try {
        remove(...names.filter((name) => inodeOf(name) === inode));
      } catch {
        // A directory that was made read-only meanwhile. What stays is a dead socket, which harms nobody.
      }
      server.close();
    };
    releaseAtExit(release);
    return {
      server,
      url: this.url,
      follows,
      accept,
      stands: () => inodeOf(this.path) === inode,
      release,
    };
  }

  /** Whether nobody else has a claim that lives or that is higher. */
  async #standsAlone(number: number): Promise<boolean> {
    if (Math.max(...this.#claims()) !== number) return false;
    const living = await this.#living(number);
    living?.destroy();
    return living === undefined;
  }

  /** A connection to somebody's claim that lives, the highest first. */
  async #living(except?: number): Promise<Socket | undefined> {
    for (const number of this.#claims()) {
      const socket = number === except ? undefined : await dial({ path: this.#claim(number) });
      if (socket) return socket;
    }
    return undefined;
  }

  #withdraw(server: Server, claim: number | undefined): void {
    // The name goes before the socket does: whoever still finds the name must find it alive.
    if (claim !== undefined) remove(this.#claim(claim));
    server.close();
  }

  #claim(number: number): string {
    return `${this.path}.${number}`;
  }

  /** Of the form that the runtime directory's sweep knows: should this process die, the name goes too. */
  #ownName(random: number): string {
    const { pid, startTime } = processIdentity();
    return `${this.path}.${pid}.${startTime}.${random}.sock`;
  }

  /** Numbers of all claims, the highest first. */
  #claims(): number[] {
    const stem = `${basename(this.path)}.`;
    const numbers = namesIn(dirname(this.path)).flatMap((name) => {
      const rest = name.startsWith(stem) ? name.slice(stem.length) : "";
      return /^[1-9]\d{0,14}$/.test(rest) ? Number(rest) : [];
    });
    return numbers.sort((a, b) => b - a);
  }
}

/** What a process that exits without closing its registries still has to do; one listener for all of it. */
const releases = new Set<() => void>();

function releaseAll(): void {
  for (const release of releases) release();
}

function releaseAtExit(release: () => void): void {
  if (releases.size === 0) process.on("exit", releaseAll);
  releases.add(release);
}

function forgetAtExit(release: () => void): void {
  releases.delete(release);
  if (releases.size === 0) process.off("exit", releaseAll);
}

/** Gives the file a second name; says whether that was free. */
function link(path: string, name: string): boolean {
  try {
    linkSync(path, name);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Something else than a socket is never touched. */
function checkIsSocket(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  if (!stat || stat.isSocket()) return;
  throw new TroupeError(
    "ERR_REGISTRY",
    `The registry's socket cannot be at ${path}: something else than a socket is there. Name another path, or remove it.`,
    { details: { path }, retryable: false },
  );
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false, bigint: true }) !== undefined;
}

/** Device and inode, which a hard link shares. */
function inodeOf(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.dev}.${stat.ino}`;
}

function remove(...paths: string[]): void {
  for (const path of paths) {
    try {
      unlinkSync(path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
