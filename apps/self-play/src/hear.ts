import { isTroupeError } from "@troupe/dist";

/**
 * Hears what an actor has to say until the signal aborts. One that dies is made again, and is asked again.
 *
 * @param ask Gives the stream of it.
 */
export async function hear<T>(
  ask: () => Promise<AsyncIterableIterator<T, void>>,
  told: (item: T) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const stream = await ask();
      const leave = () => void stream.return?.();
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) leave();
      for await (const item of stream) told(item);
    } catch (error) {
      if (signal.aborted) return;
      if (!isTroupeError(error, "ERR_ACTOR_DIED")) throw error;
    }
  }
}
