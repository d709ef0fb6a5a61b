import { suggestion, TroupeError } from "@troupe/core";

/** Tags that a message names at most. */
const maxNamed = 20;

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
