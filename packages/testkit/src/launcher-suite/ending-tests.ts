import { describe, expect } from "vitest";

import type { ItWithLauncher } from "./launcher-under-test.js";

/** What a launcher promises: ending. */
export function endingTests(it: ItWithLauncher): void {
  describe("stop()", () => {
    it("asks by SIGTERM, and resolves when the command has ended", async ({ test }) => {
      const { id } = await test.shell(
        'trap "echo > asked; exit 0" TERM; echo > up; while :; do sleep 0.05; done',
      );
      await test.file("up");
      expect(await test.launcher.stop(id)).toBe(true);
      expect(await test.file("asked")).toBe("\n");
      expect((await test.listed(id))?.state).toBe("stopped");
    });

    it("ends what the command started as well", async ({ test }) => {
      const { id } = await test.shell("sleep 600 & echo $! > child; wait");
      const child = Number(await test.file("child"));
      expect(await test.launcher.stop(id)).toBe(true);
      await test.gone(child);
    });

    it("kills what does not listen", async ({ test }) => {
      const { id } = await test.shell('trap "" TERM; echo $$ > up; while :; do sleep 0.05; done');
      const pid = Number(await test.file("up"));
      expect(await test.launcher.stop(id)).toBe(true);
      await test.gone(pid);
      expect((await test.listed(id))?.state).toBe("stopped");
    });

    it("does nothing for what has ended, was stopped, or is not known", async ({ test }) => {
      const ended = await test.shell("true");
      await test.listedAs(ended.id, "ended");
      expect(await test.launcher.stop(ended.id)).toBe(false);
      const stopped = await test.shell("sleep 600");
      expect(await test.launcher.stop(stopped.id)).toBe(true);
      expect(await test.launcher.stop(stopped.id)).toBe(false);
      // As what another launched, who has forgotten it.
      expect(await test.launcher.stop(ended.id.replace(/\d+$/, "987654321"))).toBe(false);
    });
  });

  describe("a command that ends", () => {
    it("takes along what it started", async ({ test }) => {
      const { id } = await test.shell("sleep 600 & echo $! > child");
      const child = Number(await test.file("child"));
      await test.listedAs(id, "ended");
      await test.gone(child);
    });
  });
}
