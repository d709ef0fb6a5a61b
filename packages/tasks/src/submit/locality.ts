import type { TaskArgument } from "../schedule/task.js";
import type { Submission } from "./submission.js";

/** Where the arguments of a task are that are in some host's store. */
export function argumentsOf({ forms }: Submission, host: string): readonly TaskArgument[] | undefined {
  const args: TaskArgument[] = [];
  for (const form of forms) {
    if (!Array.isArray(form)) continue;
    const [key, bytes] = form as readonly unknown[];
    if (typeof key === "number") args.push({ bytes: bytes as number, host });
  }
  return args.length === 0 ? undefined : args;
}
