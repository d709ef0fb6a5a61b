import { isTroupeError } from "@troupe/core";
import { z } from "zod";

import { amountProblem, gpuProblem } from "../amounts.js";
import { memoryProblem } from "../memory.js";
import { parsePolicy } from "../policy/description.js";
import type { PolicyDescription } from "../policy/policy.js";

/** A value that `problem` finds nothing wrong with. */
function checked<T>(problem: (value: unknown) => string | undefined) {
  return z.custom<T>().superRefine((value, context) => {
    const message = problem(value);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
}

const amount = checked<number>(amountProblem);
const memory = checked<number | string>(memoryProblem);
const text = z.string().min(1, "must not be empty");
const resources = z.record(text, amount).optional();

const host = z.strictObject({
  name: text,
  address: text.optional(),
  cpu: amount,
  memory: memory.optional(),
  gpu: z.int().min(0).max(1024).optional(),
  resources,
  labels: z.array(text).optional(),
});

const component = z.strictObject({
  instances: z.int().min(1).max(1_000_000).optional(),
  cpu: amount.optional(),
  gpu: checked<number>(gpuProblem).optional(),
  memory: memory.optional(),
  resources,
  label: text.optional(),
  placement: checked<PolicyDescription | string>(policyProblem).optional(),
});

/** What may be in a topology file. */
export const topologySchema = z.strictObject({
  hosts: z
    .array(host)
    .min(1, "must list a host, or be left out for this machine")
    .superRefine(uniqueNames)
    .optional(),
  components: z.record(text, component).optional(),
});

/** The keys that may be where an unknown one was found. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(topologySchema.shape);
  return Object.keys((path[0] === "hosts" ? host : component).shape);
}

export type HostEntry = z.output<typeof host>;
export type ComponentEntry = z.output<typeof component>;

function uniqueNames(hosts: readonly HostEntry[], context: z.RefinementCtx): void {
  const names = new Set<string>();
  for (const [index, { name }] of hosts.entries()) {
    if (names.has(name))
      context.addIssue({
        code: "custom",
        path: [index, "name"],
        message: `"${name}" is the name of another host`,
      });
    names.add(name);
  }
}

function policyProblem(value: unknown): string | undefined {
  try {
    parsePolicy(value as PolicyDescription);
    return undefined;
  } catch (error) {
    if (isTroupeError(error, "ERR_CONFIG")) return error.message.replace(/\.$/, "");
    throw error;
  }
}
