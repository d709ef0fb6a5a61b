/** Why a program did not end well, in words; `undefined` when it did. */
export function reasonOfCode(code: number | null, signal?: string | null): string | undefined {
  if (signal) return `ended by ${signal}`;
  if (code === 0) return undefined;
  // What shells say for it, with POSIX.
  if (code === 127) return "exit code 127: a command was not found";
  if (code === 126) return "exit code 126: a command could not be run";
  return `exit code ${code}`;
}
