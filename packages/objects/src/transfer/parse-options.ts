import { parseConfig } from "@troupe/core";
import { z } from "zod";

import type { HostExchangeOptions } from "./options.js";
import { defaults, mebibyte, type Settings } from "./settings.js";

const schema = z.object({
  files: z.string().min(1).optional(),
  chunkBytes: z
    .number()
    .int()
    .min(1024)
    .max(64 * mebibyte)
    .default(defaults.chunkBytes),
  window: z.number().int().min(1).max(1024).default(defaults.window),
  inFlight: z.number().int().min(1024).default(defaults.inFlight),
  stallTimeout: z.number().min(1).max(2_147_483_647).default(defaults.stallTimeout),
});

/** @throws ERR_CONFIG naming each wrong field. */
export function parseOptions(options: HostExchangeOptions): Settings {
  return parseConfig("HostExchange.join options", schema, options);
}
