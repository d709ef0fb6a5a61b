import { describe, expect } from "vitest";

import type { ItWithLauncher } from "./launcher-under-test.js";

/** What a launcher promises: launching and listing. */
export function launchingTests(it: ItWithLauncher): void {
  describe("launch()", () => {
    it("runs the command with its arguments, its environment and its working directory", async ({ test }) => {
      const args = ["-c", 'printf "%s|%s|%s\\n" "$1" "$TEXT" "$PWD" > out', "sh", `a 'b' "c" \\ #`];
      const text = "two words, 'quotes' \"of\nboth kinds\" and \\";
      const { id } = await test.launch({
        command: "/bin/sh",
        args,
        env: { TEXT: text },
        cwd: test.directory,
        cpu: 1,
        memory: "16MiB",
      });
      expect(await test.file("out")).toBe(`${args[3]}|${text}|${test.directory}\n`);
      await test.listedAs(id, "ended");
    });

    it("gives what was launched, by its name, as it waits or runs", async ({ test }) => {
      const launched = await test.shell("sleep 600", { name: "sleeper.1" });
      expect(launched.id).toMatch(/./);
      expect(launched.name).toBe("sleeper.1");
      expect(["waiting", "running"]).toContain(launched.state);
    });

    it("launches several at a time, each by itself", async ({ test }) => {
      const all = await Promise.all([0, 1, 2].map((at) => test.shell(`echo ${at} > ${at}`)));
      expect(new Set(all.map(({ id }) => id)).size).toBe(3);
      for (const at of [0, 1, 2]) expect(await test.file(`${at}`)).toBe(`${at}\n`);
    });
  });

  describe("list()", () => {
    it("has what runs, and then how it ended, in the order of launching", async ({ test }) => {
      const first = await test.shell("echo > up; while ! [ -e go ]; do sleep 0.05; done", { name: "first" });
      await test.file("up");
      expect(await test.listedAs(first.id, "running")).toEqual({ ...first, state: "running" });
      const second = await test.shell("echo > go");
      await test.listedAs(second.id, "ended");
      await test.listedAs(first.id, "ended");
      const ids = (await test.launcher.list()).map(({ id }) => id);
      expect(ids.indexOf(first.id)).toBeLessThan(ids.indexOf(second.id));
    });

    it("says that a command failed", async ({ test }) => {
      const { id } = await test.shell("exit 3");
      await test.listedAs(id, "failed");
    });
  });
}
