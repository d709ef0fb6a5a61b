import { isPlace, objects } from "@troupe/objects";

import type { StoredArgument } from "../driver/leases.js";
import type { Submission } from "./submission.js";

/** Where the arguments of a task are that are in some host's store, copies counted in. */
export function argumentsOf(submission: Submission): readonly StoredArgument[] | undefined {
  const args: StoredArgument[] = [];
  for (const [index, form] of submission.forms.entries()) {
    if (!isPlace(form)) continue;
    const [, bytes, store] = form;
    const ref = submission.refAt(index);
    const stores = ref ? objects.storesOf(ref) : [store];
    for (const store of stores) args.push({ bytes, store });
  }
  return args.length === 0 ? undefined : args;
}
