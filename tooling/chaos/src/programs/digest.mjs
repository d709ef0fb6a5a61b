// Values of the graph of tasks that can be told from all others, and what is to be seen of them.

/** One number of several, each of which matters, and their order: 32 bits, mixed as MurmurHash3 does. */
export function mix(...numbers) {
  let mixed = 0x9e3779b9;
  for (const number of numbers) {
    mixed = Math.imul(mixed ^ number, 0x85ebca6b);
    mixed ^= mixed >>> 13;
    mixed = Math.imul(mixed, 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  }
  return mixed >>> 0;
}

/** So many numbers that follow from one, by Marsaglia's xorshift. */
function fill(digest, length) {
  const data = new Uint32Array(length);
  let state = digest || 1;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[at] = state;
  }
  return data;
}

function fold(data) {
  let folded = data.length;
  for (const number of data) folded = (Math.imul(folded, 31) + number) | 0;
  return folded >>> 0;
}

/** A value: its digest, who made it, and, if it is to be large, numbers. */
export function valueOf(digest, length = 0) {
  const by = process.pid;
  return length === 0 ? { digest, by } : { digest, by, data: fill(digest, length) };
}

/** What a reader sees of a value: one number, in which all of its numbers count. */
export function seen({ digest, data }) {
  return data ? mix(digest, fold(data)) : digest;
}

/** What a reader has to see of {@link valueOf}. */
export function seenOf(digest, length = 0) {
  return seen(valueOf(digest, length));
}
