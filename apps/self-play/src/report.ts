import { stackBytes } from "./pong/frame.js";

/** What was done since the start. */
export interface Totals {
  readonly seconds: number;
  /** Of the game. */
  readonly steps: number;
  /** Steps of learning. */
  readonly updates: number;
  /** Rows. */
  readonly written: number;
  readonly sampled: number;
  /** Of shared memory, for rows. */
  readonly byteLength: number;
}

/** What a run came to. */
export interface Outcome extends Totals {
  readonly lost: number;
  /** The newest version that was played with. */
  readonly version: number;
  /** The shares of balls that the policy hit before it learned anything, and in the end. */
  readonly hitRates: readonly [first: number, last: number];
  /** Rows whose checksum was wrong, where rows were checked. */
  readonly torn: number | undefined;
}

/** Says it as a table. */
export function report({ seconds, steps, written, sampled, ...outcome }: Outcome): void {
  const [first, last] = outcome.hitRates;
  const rate = (count: number, unit: string) => `${count}, ${Math.round(count / seconds)} ${unit} a second`;
  const rows = (count: number) => `${rate(count, "rows")}: ${gigabytes(count / seconds)} GB/s`;
  const lines: [name: string, value: string][] = [
    ["seconds", seconds.toFixed(1)],
    ["played", rate(steps, "steps")],
    ["written", rows(written)],
    ["sampled", rows(sampled)],
    ["memory", `${(outcome.byteLength / 1e6).toFixed(0)} MB`],
    ["learned", rate(outcome.updates, "updates")],
    ["versions", `${outcome.version}`],
    ["processes", `${outcome.lost} lost, and made again`],
    ["hits", `${percent(first)} before, ${percent(last)} after`],
  ];
  if (outcome.torn !== undefined) lines.push(["torn rows", `${outcome.torn}`]);
  for (const [name, value] of lines) console.log(`${name.padEnd(10)} ${value}`);
}

/** So many rows in GB. */
export function gigabytes(rows: number): string {
  return ((rows * stackBytes) / 1e9).toFixed(2);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
