import type { Reporter, TestModule } from "vitest/node";

/** Ends a run with one plain line, `N passed, N failed, N skipped`, for machines that read counts. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      if (module.state() === "failed" && module.children.size === 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "pending") continue;
        counts[state]++;
        if (state === "skipped") skipped.push(`${module.project.name} › ${test.fullName}`);
      }
    }
    if (skipped.length > 0) console.log(`\nSKIPPED:\n${skipped.map((name) => `  ${name}`).join("\n")}`);
    process.once("exit", (code) => {
      // What fails after the last test, such as the look for leftovers, only shows in the exit code.
      if (code !== 0 && counts.failed === 0) counts.failed = 1;
      console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    });
  }
}
