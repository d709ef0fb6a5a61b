import { suggestion, TroupeError } from "@troupe/core";

/** Tags that a message names at most. */
const maxNamed = 20;

/** The error for a tag whose versions there were, or may have been: nobody is left who would know. */
export function lostTag(tag: string): TroupeError {
  return new TroupeError(
    "ERR_OBJECT_LOST",
    `Nobody has a version of "${tag}" any more, if there was one: the processes of the captain and of all officers have died at once. Push it again.`,
    { details: { tag } },
  );
}

/** The error for a tag that nobody has pushed. @param known Those that there are. */
export function unknownTag(tag: string, known: readonly string[]): TroupeError {
  const meant = suggestion(tag, known);
  const there =
    known.length === 0 ? "nothing was pushed yet" : `there are ${known.slice(0, maxNamed).join(", ")}`;
  return new TroupeError(
    "ERR_CONFIG",
    `No parameters have the tag "${tag}"; ${meant === undefined ? there : `did you mean "${meant}"?`}`,
    { details: { tag, tags: known } },
  );
}
