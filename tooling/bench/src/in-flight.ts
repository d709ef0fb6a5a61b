/** Does `one` `n` times, up to `width` of them at once, as calls that wait for nothing of each other. */
export async function inFlight(n: number, width: number, one: () => PromiseLike<unknown>): Promise<void> {
  if (width === 1) {
    for (let i = 0; i < n; i++) await one();
    return;
  }
  for (let done = 0; done < n; done += width) {
    await Promise.all(Array.from({ length: Math.min(width, n - done) }, one));
  }
}
