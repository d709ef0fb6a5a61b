import { TroupeError } from "@troupe/core";

import { libc } from "./libc.js";

/** Bytes of a mask: enough for 8,192 cores. */
const maskBytes = 1_024;

/** The cores on which the calling thread may run, in order. Linux only. */
export function threadAffinity(): number[] {
  const mask = new Uint8Array(maskBytes);
  libc().schedGetaffinity(0, maskBytes, mask);
  return Array.from({ length: maskBytes * 8 }, (_, core) => core).filter(
    (core) => (mask[core >> 3]! & (1 << (core & 7))) !== 0,
  );
}

/**
 * Binds the calling thread to cores; threads and processes that it starts from then on are bound so, too. Linux only.
 *
 * @throws ERR_CONFIG when none of them is there for this process.
 */
export function setThreadAffinity(cores: readonly number[]): void {
  const mask = new Uint8Array(maskBytes);
  for (const core of cores) if (core < maskBytes * 8) mask[core >> 3]! |= 1 << (core & 7);
  if (libc().schedSetaffinity(0, maskBytes, mask) === 0) return;
  throw new TroupeError("ERR_CONFIG", `This process may run on none of the cores ${cores.join(", ")}.`, {
    details: { cores: [...cores], errno: libc().errno() },
  });
}
