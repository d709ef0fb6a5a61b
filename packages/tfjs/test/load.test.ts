import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { describeTensorFlow, loadTensorFlow } from "../src/index.js";

noLeftovers();

describe("TensorFlow.js", () => {
  it("is loaded once, from the fastest package that is there, and says why not a faster one", async () => {
    const tensorFlow = await loadTensorFlow();
    expect(await loadTensorFlow()).toBe(tensorFlow);
    const { tf, package: name, passedOver } = tensorFlow;
    expect(tf.tensor1d([1, 2]).add(1).arraySync()).toEqual([2, 3]);
    const order = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node", "@tensorflow/tfjs-backend-wasm"];
    expect([...passedOver.map((other) => other.package), name]).toEqual(
      order.slice(0, passedOver.length + 1),
    );
    expect(describeTensorFlow(tensorFlow)).toContain(`TensorFlow by ${name}`);
    for (const { package: other, reason } of passedOver)
      expect(describeTensorFlow(tensorFlow)).toContain(`${other}: ${reason}`);
  });

  it("is the one that TROUPE_TENSORFLOW names, or none", () => {
    const load = (wanted: string) => {
      const program = `import { loadTensorFlow } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url))};
        const { package: name, passedOver } = await loadTensorFlow().catch((error) => error.details);
        console.log(JSON.stringify({ name, passedOver }));`;
      const options = { encoding: "utf8", env: { ...process.env, TROUPE_TENSORFLOW: wanted } } as const;
      return JSON.parse(
        execFileSync(process.execPath, ["--input-type=module", "--eval", program], options),
      ) as unknown;
    };
    const wasm = "@tensorflow/tfjs-backend-wasm";
    expect(load(wasm)).toEqual({ name: wasm, passedOver: [] });
    for (const missing of ["@tensorflow/tfjs-node-gpu", "/nowhere/at/all"])
      expect(load(missing)).toEqual({ passedOver: [{ package: missing, reason: "not installed" }] });
  });

  it("that is not installed at all is ERR_MODULE, saying what to install", () => {
    const folder = mkdtempSync(join(tmpdir(), "troupe-test-"));
    const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
    try {
      // As a user has the packages, but for the optional ones.
      const modules = join(folder, "node_modules", "@troupe");
      mkdirSync(join(modules, "tfjs"), { recursive: true });
      cpSync(here("../dist"), join(modules, "tfjs", "dist"), { recursive: true });
      cpSync(here("../package.json"), join(modules, "tfjs", "package.json"));
      symlinkSync(here("../../core"), join(modules, "core"));
      const program = `import { loadTensorFlow } from "@troupe/tfjs";
        loadTensorFlow().catch(({ code, message, details }) => console.log(JSON.stringify({ code, message, details })));`;
      writeFileSync(join(folder, "program.mjs"), program);
      const output = execFileSync(process.execPath, [join(folder, "program.mjs")], { encoding: "utf8" });
      const error = JSON.parse(output) as {
        code: string;
        message: string;
        details: { passedOver: object[] };
      };
      expect(error.code).toBe("ERR_MODULE");
      expect(error.message).toMatch(/Install @tensorflow\/tfjs with @tensorflow\/tfjs-backend-wasm/);
      expect(error.details.passedOver).toEqual([
        { package: "@tensorflow/tfjs-node-gpu", reason: "not installed" },
        { package: "@tensorflow/tfjs-node", reason: "not installed" },
        { package: "@tensorflow/tfjs-backend-wasm", reason: "not installed" },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
