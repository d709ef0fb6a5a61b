import { libc } from "../libc.js";

/**
 * Milliseconds after which a sleep ends by itself: a thread that is terminated, and a waiter whose owner died,
 * get to look.
 */
export const longestSleep = 100;

const everybody = 2 ** 31 - 1;
const time = new BigInt64Array(2);

/**
 * Blocks this thread while the word, in shared memory, is `value`: until it is woken, or `sleep` milliseconds
 * have passed ({@link longestSleep} at most), or for no reason. Look again after it.
 */
export function futexWait(word: Int32Array, value: number, sleep: number): void {
  time[1] = BigInt(Math.ceil(Math.max(0, Math.min(sleep, longestSleep)) * 1e6));
  libc().futexWait(word, 0, value, time);
}

/** Wakes one thread that waits for the word, in any process. */
export function futexWakeOne(word: Int32Array): void {
  libc().futexWake(word, 1, 1);
}

/** Wakes all threads that wait for the word, in any process. */
export function futexWakeAll(word: Int32Array): void {
  libc().futexWake(word, 1, everybody);
}
