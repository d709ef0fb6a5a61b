import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { layerProblems } from "../check-layers.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A workspace of two packages and an app that breaks no rule. */
const sound = {
  "packages/core/package.json": manifest("@troupe/core"),
  "packages/core/tsconfig.json": references(),
  "packages/core/src/index.ts": 'export { a } from "./a.js";\n',
  "packages/core/src/a.ts": "export const a = 1;\n",
  "packages/core/src/internal/secret.ts": 'import { a } from "../a.js";\nexport const secret = a;\n',
  "packages/core/dist/index.js": "export const a = 1;\n",
  "packages/proxy/package.json": manifest("@troupe/proxy", "@troupe/core"),
  "packages/proxy/tsconfig.json": references("../core"),
  "packages/proxy/src/index.ts": 'import { a } from "@troupe/core";\nexport const proxy = a;\n',
  "apps/demo/package.json": manifest("@troupe-apps/demo", "@troupe/proxy"),
  "apps/demo/tsconfig.json": references("../../packages/proxy"),
  "apps/demo/src/main.ts": 'import { proxy } from "@troupe/proxy";\nexport const demo = proxy;\n',
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), "troupe-layers-"));
});
afterEach(() => rm(workspace, { recursive: true }));

describe("imports", () => {
  it("pass when they go to lower layers by name, built or not, and from tests to the testkit", async () => {
    await write(sound);
    await write({ "packages/core/test/a.test.ts": 'import "@troupe/testkit";\nimport "../src/index.js";\n' });
    expect(await violations()).toEqual([]);
    await mkdir(join(workspace, "packages/proxy/node_modules/@troupe"), { recursive: true });
    await symlink("../../../core", join(workspace, "packages/proxy/node_modules/@troupe/core"));
    expect(await violations()).toEqual([]);
  });

  it("fail when they go up, sideways, or past another package's entry", async () => {
    const wrong = [
      ["packages/core/src/up.ts", "@troupe/proxy", "layer-0-imports-lower-layers-only"],
      ["packages/proxy/src/sideways.ts", "@troupe/handlers", "layer-2-imports-lower-layers-only"],
      ["packages/core/src/testkit.ts", "@troupe/testkit", "testkit-is-for-tests"],
      ["packages/core/src/app.ts", "../../../apps/demo/src/main.js", "apps-are-on-top"],
      ["packages/proxy/src/sources.ts", "../../core/src/a.js", "another-package-by-its-name"],
      ["packages/proxy/src/build.ts", "../../core/dist/index.js", "another-package-by-its-name"],
      ["packages/proxy/src/internals.ts", "../../core/src/internal/secret.js", "internal-is-private"],
      ["packages/core/src/tests.ts", "../test/a.test.js", "src-does-not-import-tests"],
      ["packages/core/src/nowhere.ts", "./missing.js", "resolvable"],
      ["packages/core/src/circle.ts", "./index.js", "no-cycles"],
      ["packages/novelty/src/index.ts", "@troupe/core", "package-without-a-layer"],
    ] as const;
    const files: Record<string, string> = {};
    for (const [from, to] of wrong)
      files[from] = `import * as wrong from "${to}";
export const a = wrong;
`;
    await write({
      ...sound,
      ...files,
      "packages/core/src/index.ts":
        'export { a } from "./a.js";\nexport { a as circle } from "./circle.js";\n',
      "packages/core/src/lost.ts": "export {};\n",
      "packages/core/test/a.test.ts": "export {};\n",
    });
    const expected = [
      ...wrong.map(([from, , rule]) => `${from} ${rule}`),
      "packages/core/src/lost.ts no-orphans",
    ];
    expect(await violations()).toEqual(expect.arrayContaining(expected));
  });
});

describe("dependencies", () => {
  beforeEach(() => write(sound));

  it("pass when package.json and tsconfig.json say the same and keep to the layers", () => {
    expect(layerProblems(workspace)).toEqual([]);
  });

  it.each([
    [
      "a higher layer",
      { "packages/core/package.json": manifest("@troupe/core", "@troupe/proxy") },
      "only lower layers",
    ],
    [
      "an app",
      { "packages/proxy/package.json": manifest("@troupe/proxy", "@troupe-apps/demo") },
      "on an app",
    ],
    [
      "what is not there",
      { "packages/proxy/package.json": manifest("@troupe/proxy", "@troupe/gone") },
      "not in the workspace",
    ],
    [
      "what tsconfig.json does not refer to",
      { "packages/proxy/tsconfig.json": references() },
      "no reference to it",
    ],
    [
      "less than tsconfig.json refers to",
      { "packages/core/tsconfig.json": references("../proxy") },
      "no dependency on it",
    ],
  ])("fail when a package depends on %s", async (_what, files, problem) => {
    await write(files);
    expect(layerProblems(workspace).join("\n")).toContain(problem);
  });

  it("fail for a package that has no layer", async () => {
    await write({ "packages/novelty/package.json": manifest("@troupe/novelty") });
    expect(layerProblems(workspace)).toEqual([
      "@troupe/novelty has no layer: add it to tooling/scripts/layers.mjs.",
    ]);
  });

  it("are sound in this repository", () => {
    expect(layerProblems()).toEqual([]);
  });
});

/** What dependency-cruiser has against the workspace, as "file rule". */
async function violations(): Promise<string[]> {
  const program = join(root, "node_modules/.bin/depcruise");
  const config = join(root, ".dependency-cruiser.mjs");
  const args = ["--config", config, "--output-type", "json", "packages", "apps"];
  const output = await new Promise<string>((resolve) => {
    execFile(program, args, { cwd: workspace, maxBuffer: 2 ** 24 }, (_error, stdout) => resolve(stdout));
  });
  const { summary } = JSON.parse(output) as { summary: { violations: Violation[] } };
  return summary.violations.map(({ from, rule }) => `${from} ${rule.name}`);
}

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
}

function manifest(name: string, ...dependencies: string[]): string {
  const versions = Object.fromEntries(dependencies.map((dependency) => [dependency, "workspace:*"]));
  return JSON.stringify({
    name,
    type: "module",
    exports: { ".": "./dist/index.js" },
    dependencies: versions,
  });
}

function references(...paths: string[]): string {
  return JSON.stringify({ references: paths.map((path) => ({ path })) });
}
