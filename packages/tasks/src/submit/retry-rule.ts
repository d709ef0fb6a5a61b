import type { RetryRule } from "../definition/task-options.js";

/** Whether one of the rules is about the error. A rule that throws is about none. */
export function isWorthAnother(error: Error, rules: readonly RetryRule[]): boolean {
  return rules.some((rule) => {
    if (typeof rule === "string") return (error as { readonly code?: unknown }).code === rule;
    if (isErrorClass(rule)) return error instanceof rule;
    try {
      return (rule as (error: Error) => unknown)(error) === true;
    } catch {
      return false;
    }
  });
}

function isErrorClass(rule: Exclude<RetryRule, string>): rule is abstract new () => Error {
  return rule === Error || (rule as { prototype?: unknown }).prototype instanceof Error;
}
