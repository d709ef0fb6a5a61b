// Records that anybody can check: number, length and content follow from a seed.

/** A number of 32 bits that follows from another, evenly spread. */
export function mix(x) {
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}

const source = new Uint8Array(1 << 16).map((_, i) => mix(i));

/** Frames of record `number`: one to three pieces of a random text, one in a hundred of them large, 8 KiB together at most. */
export function framesOf(number) {
  const random = mix(number);
  const frames = [];
  for (let i = 0; i <= random % 3; i++) {
    const one = mix(number + i * 7919);
    const length = one % 100 === 0 ? one % 2600 : one % 90;
    frames.push(source.subarray(one & 0x7fff, (one & 0x7fff) + length));
  }
  return frames;
}

/** @throws when the record is not the one of this number, whole. */
export function check(frames, tag, number) {
  if (tag !== number) throw new Error(`record ${tag} came in the place of ${number}`);
  const expected = framesOf(number);
  if (frames.length !== expected.length) throw new Error(`record ${number} has ${frames.length} frames`);
  for (let i = 0; i < frames.length; i++) {
    if (Buffer.compare(frames[i], expected[i]) !== 0)
      throw new Error(`frame ${i} of record ${number} is torn`);
  }
}
