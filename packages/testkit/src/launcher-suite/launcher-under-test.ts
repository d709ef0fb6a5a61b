import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Launched, Launcher, LaunchRequest } from "@troupe/resources";
import { it } from "vitest";

import type { LauncherSuiteOptions } from "../launcher-suite.js";
import { waitUntil } from "../wait-until.js";

/** The public side of a launcher, whichever copy of the package it comes from. */
export type LauncherLike = Pick<Launcher, keyof Launcher>;

/** Milliseconds: a scheduler on a busy machine takes its time. */
const patience = 50_000;

/** `it` with a launcher of its own for each test. */
export function itWith({ open, close }: LauncherSuiteOptions) {
  return it.extend<{ test: LauncherUnderTest }>({
    // eslint-disable-next-line no-empty-pattern -- Vitest reads there what it needs of other fixtures.
    test: async ({}, use) => {
      const directory = await mkdtemp(join(tmpdir(), "troupe-launcher-"));
      const test = new LauncherUnderTest(await open(), directory);
      await use(test);
      for (const id of test.ids) await test.launcher.stop(id);
      await close?.(test.launcher);
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/** As {@link itWith} gives it. */
export type ItWithLauncher = ReturnType<typeof itWith>;

/** The launcher of one test, and what the test does with it. */
export class LauncherUnderTest {
  /** Of what was launched. */
  readonly ids: string[] = [];

  constructor(
    readonly launcher: LauncherLike,
    /** For the test's files. */
    readonly directory: string,
  ) {}

  /** Launches a shell script in the test's directory. */
  async shell(script: string, request: Partial<LaunchRequest> = {}): Promise<Launched> {
    return await this.launch({ command: "/bin/sh", args: ["-c", script], cwd: this.directory, ...request });
  }

  async launch(request: LaunchRequest): Promise<Launched> {
    const launched = await this.launcher.launch(request);
    this.ids.push(launched.id);
    return launched;
  }

  async listed(id: string): Promise<Launched | undefined> {
    return (await this.launcher.list()).find((launched) => launched.id === id);
  }

  /** Waits until it is listed so. */
  async listedAs(id: string, state: Launched["state"]): Promise<Launched> {
    const look = async () => {
      const listed = await this.listed(id);
      if (listed?.state === state) return listed;
      throw new Error(`It is ${JSON.stringify(listed)}.`);
    };
    return waitUntil(look, { what: `${id} to be ${state}`, timeout: patience });
  }

  /** Waits for a whole line in a file of the test's directory, and gives the file. */
  async file(name: string): Promise<string> {
    const read = () => {
      const text = readFileSync(join(this.directory, name), "utf8");
      return text.endsWith("\n") && text;
    };
    return waitUntil(read, { what: `the file ${name}`, timeout: patience });
  }

  /** Waits until a process is gone; one that has ended and was not reaped is. */
  async gone(pid: number): Promise<void> {
    await waitUntil(() => !existsSync(`/proc/${pid}/exe`), { what: `${pid} to be gone`, timeout: patience });
  }
}
