// Packs every package that is published and checks the tarballs as a user gets them: publint for the
// manifest, attw for what each kind of import resolves to.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { capture } from "./run.mjs";
import { runScript, setUp } from "./setup.mjs";
import { workspacePackages } from "./workspace.mjs";

await runScript(async () => {
  await setUp({ build: [] });
  const directory = mkdtempSync(join(tmpdir(), "troupe-packed-"));
  try {
    let failed = 0;
    for (const { directory: package_, manifest } of workspacePackages(["packages"])) {
      if (manifest.private) continue;
      for (const [command, args] of await checksOf(
        package_,
        manifest.name,
        join(directory, manifest.name.replace(/\W+/g, "-")),
      )) {
        const { code, output } = await capture(command, args, { cwd: package_ });
        if (code === 0) continue;
        failed++;
        console.error(`${manifest.name}: ${command}\n${output.trimEnd()}\n`);
      }
    }
    return failed > 0 ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

async function checksOf(package_, name, destination) {
  const { code, output } = await capture("pnpm", ["pack", "--pack-destination", destination], {
    cwd: package_,
  });
  if (code !== 0) throw new Error(`${name} cannot be packed:\n${output}`);
  const tarball = join(destination, readdirSync(destination)[0]);
  return [
    ["publint", ["run", tarball, "--strict"]],
    ["attw", [tarball, "--profile", "esm-only", "--no-emoji"]],
  ];
}
