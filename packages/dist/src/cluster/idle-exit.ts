/** Milliseconds between two looks. */
const interval = 100;
/** Looks that have to agree: between two of its steps a program may have nothing open for a moment. */
const agreement = 2;

/**
 * Calls back once nothing keeps this process alive but the sockets of a cluster that nobody closes.
 *
 * A ZeroMQ socket that waits for a message holds its process and shows in no list of Node's; all else that does
 * shows in `process.getActiveResourcesInfo()`.
 *
 * @param isBusy Whether an answer is awaited.
 * @returns Stops looking.
 */
export function whenIdle(isBusy: () => boolean, callback: () => void): () => void {
  let quietLooks = 0;
  const timer = setInterval(() => {
    const isQuiet = !isBusy() && !isHeld();
    quietLooks = isQuiet ? quietLooks + 1 : 0;
    if (quietLooks < agreement) return;
    clearInterval(timer);
    callback();
  }, interval);
  timer.unref();
  return () => clearInterval(timer);
}

/** Whether anything of the program's own keeps the process alive. Its output streams are listed and do not. */
function isHeld(): boolean {
  const holders = process.getActiveResourcesInfo();
  for (const { _handle: handle } of [process.stdout, process.stderr] as readonly OutputStream[]) {
    const at = handle ? holders.indexOf(`${handle.constructor.name}Wrap`) : -1;
    if (at >= 0) holders.splice(at, 1);
  }
  return holders.length > 0;
}

/** A pipe, a terminal or a file; what it writes to is known by this alone. */
type OutputStream = NodeJS.WriteStream & { readonly _handle?: object | null };
