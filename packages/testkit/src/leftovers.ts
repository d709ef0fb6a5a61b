import { AssertionError } from "node:assert";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll } from "vitest";

import { descendantsOf } from "./harness/process-table.js";
import { reaperPid } from "./harness/reaper.js";
import { waitUntil } from "./wait-until.js";

/** Kinds of {@link process.getActiveResourcesInfo} that only a program's own TCP connections make. */
const tcpResources = ["TCPSocketWrap", "TCPServerWrap"];

/**
 * For a test file that works in its own process: gives it a runtime directory of its own and, when all of
 * the file's tests are over, fails if the directory has an entry, a child process runs or a TCP socket is
 * open. Call it first in the file, so that its check comes after the file's own clean-up.
 *
 * @param patience Milliseconds that the last of it gets to go away.
 */
export function noLeftovers({ patience = 5_000 }: { readonly patience?: number } = {}): void {
  let root: string;
  let before: string | undefined;
  let children: ReadonlySet<number>;
  let sockets: number;

  beforeAll(() => {
    root = mkdtempSync("/tmp/troupe-test-");
    before = process.env["TROUPE_RUNTIME_DIR"];
    process.env["TROUPE_RUNTIME_DIR"] = join(root, "run");
    mkdirSync(join(root, "run"), { mode: 0o700 });
    children = new Set(descendantsOf(process.pid).map(({ pid }) => pid));
    sockets = tcpSockets();
  });

  afterAll(async () => {
    const look = () => [
      ...readdirSync(join(root, "run")).map((name) => `an entry of the runtime directory: ${name}`),
      ...descendantsOf(process.pid)
        .filter(({ pid }) => !children.has(pid) && pid !== reaperPid())
        .map(({ pid, command }) => `a running child process: ${command} (pid ${pid})`),
      ...(tcpSockets() > sockets ? [`${tcpSockets() - sockets} open TCP sockets`] : []),
    ];
    try {
      await waitUntil(() => look().length === 0, { what: "leftovers to go", timeout: patience });
    } catch {
      throw new AssertionError({ message: `The tests of this file left behind:\n- ${look().join("\n- ")}` });
    } finally {
      if (before === undefined) delete process.env["TROUPE_RUNTIME_DIR"];
      else process.env["TROUPE_RUNTIME_DIR"] = before;
      rmSync(root, { recursive: true, force: true });
    }
  });
}

function tcpSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => tcpResources.includes(kind)).length;
}
