import { describe } from "vitest";

import { slurmProblem } from "./slurm-programs.js";

/** `describe` for tests that need Slurm: where it cannot be had they are skipped, with a warning that says why. */
export function describeWithSlurm(name: string, fn: () => void): void {
  describe(name, async () => {
    const problem = await slurmProblem();
    if (problem === undefined) return fn();
    console.warn(`SKIPPED for want of Slurm: ${name} (${problem}).`);
    describe.skip("without Slurm", fn);
  });
}
