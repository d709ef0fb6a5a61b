import { join } from "node:path";

import { runtimeDirectory, TroupeError } from "@troupe/core";

import { withoutPassword } from "./client/calls.js";

/** Where a registry is, taken apart. */
export type RegistryAddress =
  | { readonly scheme: "memory"; readonly name: string }
  | { readonly scheme: "ipc"; readonly path: string }
  | { readonly scheme: "tcp"; readonly host: string; readonly port: number }
  | { readonly scheme: "redis"; readonly url: string };

const known = "memory:, ipc://<path>, tcp://<host>:<port>, redis://<host>:<port>/<db> and rediss://";

/**
 * The registry used where none is named: `TROUPE_REGISTRY` when set, else the embedded one of this user on
 * this machine, at `registry.sock` in the runtime directory.
 */
export function defaultRegistryUrl(): string {
  return process.env["TROUPE_REGISTRY"] || `ipc://${defaultPath()}`;
}

/**
 * Takes a registry's URL apart.
 *
 * @throws ERR_REGISTRY for an unknown scheme, naming the known ones; ERR_CONFIG for an address that is
 *   none of its scheme.
 */
export function parseAddress(url: string): RegistryAddress {
  if (typeof url !== "string") {
    throw new TroupeError("ERR_CONFIG", `A registry is named by a URL (${known}), not by ${String(url)}.`);
  }
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  switch (scheme.toLowerCase()) {
    case "memory":
      return { scheme: "memory", name: rest.replace(/^\/\//, "") };
    case "ipc":
      return { scheme: "ipc", path: pathOf(url, rest) };
    case "tcp":
      return { scheme: "tcp", ...hostAndPort(url) };
    case "redis":
    case "rediss":
      if (!URL.canParse(url)) throw malformed(url, `${scheme}://<host>:<port>/<db>`);
      return { scheme: "redis", url };
    default:
      throw new TroupeError(
        "ERR_REGISTRY",
        `No registry can be at ${withoutPassword(url)}: its scheme is unknown. Known are ${known}.`,
        { details: { url: withoutPassword(url) }, retryable: false },
      );
  }
}

function pathOf(url: string, rest: string): string {
  if (!rest.startsWith("//")) throw malformed(url, "ipc://<path>");
  return rest.slice(2) || defaultPath();
}

function defaultPath(): string {
  return join(runtimeDirectory(), "registry.sock");
}

function hostAndPort(url: string): { host: string; port: number } {
  const { hostname, port } = URL.canParse(url) ? new URL(url) : { hostname: "", port: "" };
  if (!hostname || !port) throw malformed(url, "tcp://<host>:<port>");
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) };
}

function malformed(url: string, form: string): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    `${withoutPassword(url)} is no address of a registry; write ${form}.`,
    {
      details: { url: withoutPassword(url) },
    },
  );
}
