import type { z } from "zod";

import { TroupeError } from "./errors/troupe-error.js";

/**
 * Checks `value` against a zod schema and gives it back typed, with the schema's defaults filled in.
 *
 * @param subject What is being configured, for the message: `Proxy.join options`.
 * @throws ERR_CONFIG naming each wrong field and what was expected there.
 */
export function parseConfig<S extends z.ZodType>(subject: string, schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({
    path: issue.path.map(String).join("."),
    problem: issue.message,
  }));
  const list = problems.map(({ path, problem }) => (path ? `${path}: ${problem}` : problem)).join("; ");
  throw new TroupeError("ERR_CONFIG", `${subject}: ${list}`, { details: { problems } });
}
