import { type ErrorCode, isTroupeError, TroupeError } from "@troupe/core";

const codes: Readonly<Record<string, ErrorCode>> = {
  EACCES: "ERR_UNAUTHORIZED",
  EPERM: "ERR_UNAUTHORIZED",
  EROFS: "ERR_UNAUTHORIZED",
  ENOSPC: "ERR_STORE_FULL",
  EDQUOT: "ERR_STORE_FULL",
  EFBIG: "ERR_STORE_FULL",
  EMFILE: "ERR_STORE_FULL",
  ENFILE: "ERR_STORE_FULL",
  EIO: "ERR_OBJECT_LOST",
};

/** What the file system refused, with a code of Troupe: ERR_CONFIG when the path is what is wrong. */
export function fileError(what: string, path: string, error: unknown): Error {
  if (isTroupeError(error)) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new TroupeError(codes[code] ?? "ERR_CONFIG", `${what} "${path}": ${message}`, {
    details: { path, reason: code },
    cause: error,
  });
}
