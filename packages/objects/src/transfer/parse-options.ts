import { parseConfig } from "@troupe/core";
import { z } from "zod";

import type { HostExchangeOptions } from "./options.js";

const mebibyte = 1024 * 1024;

const schema = z.object({
  files: z.string().min(1).optional(),
  chunkBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * mebibyte)
    .default(mebibyte),
  window: z.number().int().min(1).max(1024).default(16),
  inFlight: z
    .number()
    .int()
    .min(1024)
    .default(64 * mebibyte),
  stallTimeout: z.number().min(1).max(2_147_483_647).default(30_000),
});

/** Options of a host exchange that are its own, with their defaults. */
export type Settings = z.output<typeof schema>;

/** @throws ERR_CONFIG naming each wrong field. */
export function parseOptions(options: HostExchangeOptions): Settings {
  return parseConfig("HostExchange.join options", schema, options);
}
