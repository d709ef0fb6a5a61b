import type { TroupeError } from "@troupe/core";

import type { Capacity } from "../host/capacity.js";
import type { Source } from "../ledger/held.js";
import type { Need } from "../need.js";

/** Something that is asked for and may have to wait: a request, or a placement group. */
export interface Claim<T> {
  /** As the caller gave it. */
  readonly asked: unknown;
  /** For messages: `cpu 2, gpu 1`. */
  readonly what: string;
  readonly owner: string | undefined;
  /** Who cannot go on before it is granted. */
  readonly by: string | undefined;
  readonly needs: readonly Need[];
  /** The placement group that alone may serve it: what others wait for is no concern of its. */
  readonly group: string | undefined;
  /** Takes it, if there is enough now. */
  take(): T | undefined;
  /** Why it can never be granted, whoever gives back what he holds. */
  refusal(): TroupeError | undefined;
  /** Whether there would be enough if the sources had what `capacity` says. */
  fits(capacity: (source: Source) => Capacity): boolean;
  /** Whether it could be served from there if there were enough. */
  mayUse(source: Source): boolean;
}
