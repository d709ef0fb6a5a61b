import type { CollectiveGroup } from "@troupe/collective";

export type Work = () => Promise<unknown>;
export function worksOf(group: CollectiveGroup): Map<string, Work>;
export function timed(group: CollectiveGroup, work: Work, n: number): Promise<number>;
