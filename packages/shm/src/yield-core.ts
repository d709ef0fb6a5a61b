import { libc } from "./libc.js";

/**
 * Lets those run who wait for the calling thread's core; returns at once when nobody does. For threads that look again
 * and again for what somebody else is to write, who may be waiting for that very core. Linux only.
 */
export function yieldCore(): void {
  libc().schedYield();
}
