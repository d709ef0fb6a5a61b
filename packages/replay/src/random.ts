/** xoshiro128** of Blackman and Vigna: 32 bits at a time, the same for the same seed. */
export class Random {
  readonly #state = new Uint32Array(4);

  /** @param seed Any whole number; by chance when absent. */
  constructor(seed?: number) {
    // splitmix32 spreads the seed, so that near ones give nothing alike.
    let z = seed ?? Math.floor(Math.random() * 2 ** 32);
    for (let i = 0; i < 4; i++) {
      z = (z + 0x9e3779b9) | 0;
      let t = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
      this.#state[i] = t ^ (t >>> 15);
    }
  }

  /** From 0 to 1, 1 excluded, in steps of 2^-32. */
  next(): number {
    return this.#bits() * 2 ** -32;
  }

  /** From 0 to 1, 1 excluded, in steps of 2^-53. */
  fine(): number {
    return ((this.#bits() >>> 5) * 2 ** 26 + (this.#bits() >>> 6)) * 2 ** -53;
  }

  /** A whole number from 0 to `end`, `end` excluded; it is 2^29 at most. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  #bits(): number {
    const s = this.#state;
    const s1 = s[1]!;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }
}

/** For a head: by the buffer's seed and its own number, so that no two draw the same. */
export function randomFor(seed: number | undefined, head: number): Random {
  return new Random(seed === undefined ? undefined : seed * 1000 + head);
}
