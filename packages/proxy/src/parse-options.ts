import { type Logger, parseConfig } from "@troupe/core";
import type { Registry } from "@troupe/registry";
import { z } from "zod";

import { defaultLimits, type JoinOptions, type Settings } from "./options.js";

const name = z
  .string()
  .regex(/^[\w./-]{1,128}$/, "must be 1 to 128 letters, digits or any of _ . / - (no colon: events use it)");
const count = z.number().int().min(0);
const bytes = z.number().int().min(1024);

const schema = z.strictObject({
  signal: z.custom<AbortSignal>().optional(),
  log: z.custom<Logger>().optional(),
  group: name,
  component: name,
  name: name.optional(),
  peers: z.record(name, count).default({}),
  registry: z
    .union([z.string(), z.custom<Registry>((value) => typeof value === "object" && value !== null)])
    .optional(),
  minPeers: z.union([count, z.record(name, count)]).optional(),
  joinTimeout: z.number().min(0).default(60_000),
  cache: count.default(0),
  lease: z.number().min(100).default(5000),
  key: z.string().optional(),
  listen: z
    .string()
    .regex(/^tcp:\/\/[^/]+:(\d+|\*)$/, "must be tcp://address:port, with * for any free port")
    .optional(),
  rings: z.boolean().default(true),
  limits: z
    .strictObject({
      message: bytes.optional(),
      outbound: bytes.optional(),
      waiting: bytes.optional(),
      inbound: bytes.optional(),
    })
    .default({}),
});

/** @throws ERR_CONFIG naming each wrong field. */
export function parseOptions(options: JoinOptions): Settings {
  const {
    minPeers,
    limits,
    signal: _signal,
    log: _log,
    ...rest
  } = parseConfig("Proxy.join options", schema, options);
  const least =
    typeof minPeers === "number"
      ? Object.fromEntries(Object.keys(rest.peers).map((component) => [component, minPeers]))
      : minPeers;
  return {
    ...rest,
    name: rest.name,
    registry: rest.registry,
    key: rest.key,
    listen: rest.listen ?? process.env["TROUPE_LISTEN"],
    minPeers: least ?? {},
    limits: {
      message: limits.message ?? defaultLimits.message,
      outbound: limits.outbound ?? defaultLimits.outbound,
      waiting: limits.waiting ?? defaultLimits.waiting,
      inbound: limits.inbound ?? defaultLimits.inbound,
    },
  };
}
