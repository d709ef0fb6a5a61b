import { TroupeError } from "@troupe/core";

/** Turns a failure of the file system into ERR_CONFIG. */
export function unusable(path: string): (cause: unknown) => never {
  return (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TroupeError(
      "ERR_CONFIG",
      `Cannot use ${path}: ${reason}. Check the path, and the free space.`,
      {
        cause,
        details: { path },
      },
    );
  };
}
