const word = new Int32Array(new SharedArrayBuffer(4));

/**
 * What was read and written before it happened before what is read and written after it, for every process. The
 * store and the load are sequentially consistent, on x64 by a locked instruction and on arm64 by a release that an
 * acquire follows.
 */
export function fence(): void {
  Atomics.store(word, 0, 0);
  Atomics.load(word, 0);
}
