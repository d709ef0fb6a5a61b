import { unlinkSync } from "node:fs";

/**
 * Removes a socket's file; one that is not there is no error.
 *
 * In place of `rmSync`, which looks at the file first: after a synchronous `stat` of a socket Node 20 resolves the
 * next `import()` without following symbolic links, and then does not find what a package depends on.
 */
export function removeSocket(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
