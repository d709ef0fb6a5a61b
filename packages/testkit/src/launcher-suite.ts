import { describe } from "vitest";

import { endingTests } from "./launcher-suite/ending-tests.js";
import { launchingTests } from "./launcher-suite/launching-tests.js";
import { itWith, type LauncherLike } from "./launcher-suite/launcher-under-test.js";
import { refusalTests } from "./launcher-suite/refusal-tests.js";

export type { LauncherLike } from "./launcher-suite/launcher-under-test.js";

/** What {@link launcherSuite} needs of a launcher. */
export interface LauncherSuiteOptions {
  /**
   * Makes one that runs what it launches on this machine, and kills within seconds what does not end by SIGTERM. It may
   * list what others launched, too.
   */
  readonly open: () => LauncherLike | Promise<LauncherLike>;
  /** Releases what `open` took. What the test launched was stopped. */
  readonly close?: (launcher: LauncherLike) => Promise<void>;
  /** Whether what can never be given is refused at once, rather than to wait. Default: true. */
  readonly knowsRoom?: boolean;
}

/** Milliseconds for a test: several turns of a scheduler on a busy machine. */
const timeout = 120_000;

/**
 * What every launcher promises, as tests: it runs a program with its environment, lists it with its state, and ends
 * the whole of it. Call it in a test file of one's own. The tests run beside each other, each with its own launcher.
 *
 * ```ts
 * launcherSuite("processes", { open: () => processLauncher(), close: (launcher) => launcher.close() });
 * ```
 */
export function launcherSuite(name: string, options: LauncherSuiteOptions): void {
  describe(`launcher: ${name}`, { timeout, concurrent: true }, () => {
    const it = itWith(options);
    launchingTests(it);
    endingTests(it);
    refusalTests(it, options.knowsRoom ?? true);
  });
}
