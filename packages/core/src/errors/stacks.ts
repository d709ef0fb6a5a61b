/** One error's stack above another's, with a line between that says where the error crossed over. */
export function joinStacks(remote: string, crossing: string, local: string): string {
  // The first line of a stack repeats name and message, which the remote stack has said already.
  const frames = local.split("\n").filter((line) => /^\s+at /.test(line));
  return [remote, `    --- ${crossing} ---`, ...frames].join("\n");
}
