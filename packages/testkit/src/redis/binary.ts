import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { installPackages } from "../debian/install-packages.js";

/** Where the server's program is, or why there is none. */
export type RedisBinary = { readonly path: string } | { readonly reason: string };

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
  if (process.env["TROUPE_REDIS_SERVER"])
    return { reason: "TROUPE_REDIS_SERVER names no program that can be run" };
  const reason = await installPackages("redis-server");
  const installed = await find();
  return installed ? { path: installed } : { reason: reason ?? "redis-server is installed, and not found" };
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

async function runnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
