/** Does `one` `n` times, up to `width` of them at once, as calls that wait for nothing of each other. */
export async function inFlight(n, width, one) {
  if (width === 1) {
    for (let i = 0; i < n; i++) await one();
    return;
  }
  for (let done = 0; done < n; done += width) {
    const calls = [];
    for (let i = Math.min(width, n - done); i > 0; i--) calls.push(one());
    await Promise.all(calls);
  }
}

/** A function that does `work` with each of the items in turn, again and again. */
export function takeTurns(items, work) {
  let next = 0;
  return () => work(items[next++ % items.length]);
}
