import type { StoredValue } from "@troupe/objects";

import type { Form } from "../version/form.js";
import type { VersionRecord } from "../version/version.js";

/** What the captain tells officers: one more version of a tag, or that the tag was deleted. */
export interface Update {
  readonly tag: string;
  /** The newest version that the tag ever had. */
  readonly newest: number;
  /** With a {@link record}. */
  readonly form?: Form;
  /** Absent for a tag that was deleted. */
  readonly record?: VersionRecord;
}

/** All that an officer has: a captain that was made again learns from it. */
export interface Holdings {
  /** Tags that are not among these may have had versions up to this one, which were lost. */
  readonly floor: number;
  readonly tags: readonly Holding[];
}

/** All that an officer has of a tag. */
interface Holding {
  readonly tag: string;
  readonly newest: number;
  readonly form: Form | undefined;
  /** Oldest first. */
  readonly records: readonly VersionRecord[];
}

/** What a client sends of a version. */
export interface Upload {
  /** The same for all attempts to push it. */
  readonly id: string;
  readonly info: unknown;
  readonly form: Form;
  readonly byteLength: number;
  /** One for each shard; memory of the client that the captain takes over. */
  readonly parts: readonly StoredValue[];
}
