/** What a run of mock-rl says at its end. */
export interface Summary {
  readonly updates: number;
  readonly rollouts: number;
  readonly actors: number;
  readonly replaced: number;
  readonly first: number;
  readonly final: number;
  readonly scorers: number;
}

/** Reads the summary off the output. A line that is missing makes its number NaN. */
export function summaryOf(stdout: string): Summary {
  const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1] ?? NaN);
  return {
    updates: number(/^policy updates +(\d+)$/m),
    rollouts: number(/^rollouts +(\d+), \d+ a second, \d+ too old to learn from$/m),
    actors: number(/^actors +(\d+) at the end/m),
    replaced: number(/^actors .* (\d+) replaced$/m),
    first: number(/^first return +(-\d+\.\d+)$/m),
    final: number(/^final return +(-\d+\.\d+) \(best 0\)/m),
    scorers: number(/scored by (\d+) of \d+ actors$/m),
  };
}
