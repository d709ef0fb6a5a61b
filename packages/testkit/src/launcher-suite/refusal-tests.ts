import type { LaunchRequest } from "@troupe/resources";
import { describe, expect } from "vitest";

import type { ItWithLauncher } from "./launcher-under-test.js";

/** What a launcher promises: saying what is wrong. */
export function refusalTests(it: ItWithLauncher, knowsRoom: boolean): void {
  describe("what is wrong", () => {
    const command = "/bin/true";
    const wrong: readonly [option: string, request: object][] = [
      ["command", {}],
      ["command", { command: "" }],
      ["command", { command: "a\0b" }],
      ["args", { command, args: "x" }],
      ["args", { command, args: ["x", 1] }],
      ["env", { command, env: { A: 1 } }],
      ["env", { command, env: { "A B": "x" } }],
      ["env", { command, env: { "A=B;C": "x" } }],
      ["cwd", { command, cwd: "relative" }],
      ["cpu", { command, cpu: -1 }],
      ["cpu", { command, cpu: NaN }],
      ["memory", { command, memory: "much" }],
      ["gpu", { command, gpu: -1 }],
      ["gpu", { command, gpu: 0.5 }],
      ["name", { command, name: "a b" }],
      ["name", { command, name: "--help\n" }],
      ["timeLimit", { command, timeLimit: 0 }],
      ["arguments", { command, arguments: [] }],
    ];

    it.for(wrong)("in %s is refused: %j", async ([option, request], { test }) => {
      const error = { code: "ERR_CONFIG", details: { option } };
      await expect(test.launcher.launch(request as LaunchRequest)).rejects.toMatchObject(error);
    });

    it("does not show what may be secret", async ({ test }) => {
      const env = { KEY: "secret\0" };
      await expect(test.launcher.launch({ command, env })).rejects.not.toThrow(/secret/);
    });

    it.for(["", "--help", "a b", "../jobs", 7, undefined])(
      "is refused as an id: %j",
      async (id, { test }) => {
        await expect(test.launcher.stop(id as string)).rejects.toMatchObject({ code: "ERR_CONFIG" });
      },
    );

    it("tells that a command is not there", async ({ test }) => {
      const told = async () => {
        const { id } = await test.launch({ command: "/nowhere/to-be-found", cwd: test.directory });
        return (await test.listedAs(id, "failed")).reason;
      };
      const words = await told().catch((error: unknown) => String(error));
      expect(words).toMatch(/no such program|not found/);
    });

    if (knowsRoom)
      it("is to ask for what nobody has", async ({ test }) => {
        const none = { code: "ERR_NO_RESOURCES" };
        await expect(test.launcher.launch({ command, memory: 2 ** 50 })).rejects.toMatchObject(none);
        await expect(test.launcher.launch({ command, gpu: 1000 })).rejects.toMatchObject(none);
      });

    it.for([-1, NaN])("is a timeout of %d", async (timeout, { test }) => {
      const refused = { code: "ERR_CONFIG", details: { timeout: String(timeout) } };
      const { launcher } = test;
      await expect(launcher.launch({ command, name: "never" }, { timeout })).rejects.toMatchObject(refused);
      await expect(launcher.list({ timeout })).rejects.toMatchObject(refused);
      const { id } = await test.shell("echo > up; sleep 600");
      await expect(launcher.stop(id, { timeout })).rejects.toMatchObject(refused);
      await test.file("up");
      expect((await launcher.list()).map(({ name }) => name)).not.toContain("never");
    });

    it("is a signal that has aborted", async ({ test }) => {
      const signal = AbortSignal.abort();
      const cancelled = { code: "ERR_CANCELLED" };
      const request = { command, name: "never" };
      await expect(test.launcher.launch(request, { signal })).rejects.toMatchObject(cancelled);
      const { id } = await test.shell("echo > up; sleep 600");
      await expect(test.launcher.stop(id, { signal })).rejects.toMatchObject(cancelled);
      await test.file("up");
      expect((await test.launcher.list()).map(({ name }) => name)).not.toContain("never");
    });
  });
}
