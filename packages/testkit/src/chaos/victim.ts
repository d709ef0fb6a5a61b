import type { CuttableLink } from "../harness/cuttable-link.js";

/** A process that may be killed or frozen; a `HarnessProcess` is one. It must descend from this process. */
export interface ProcessVictim {
  readonly name: string;
  readonly pid: number;
}

/** A link that may be cut or reset. */
export interface LinkVictim {
  readonly name: string;
  readonly link: CuttableLink;
}

/** Whom chaos may come over. Their names decide whom a seed hits, so they should be the same in each run. */
export type Victim = ProcessVictim | LinkVictim;

export function isLink(victim: Victim): victim is LinkVictim {
  return "link" in victim;
}
