import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

/** Those whose process it is: the program of pools, and main(), to which a program gives its end. */
const entitled = ["cluster/src/pool/parent.ts", "cluster/src/pool/serve-pool.ts", "dist/src/main.ts"];

describe("published code", () => {
  it("never ends the process, but for those whose process it is", () => {
    const ending = sources().filter((path) =>
      /\bprocess\s*\.\s*(exit|abort|reallyExit)\s*\(|\bprocess\.kill\(process\.pid\b/.test(
        readFileSync(`${packages}/${path}`, "utf8"),
      ),
    );
    expect(ending.sort()).toEqual(entitled);
  });
});

function sources(): string[] {
  const all = readdirSync(packages).flatMap((name) =>
    readdirSync(`${packages}/${name}/src`, { recursive: true, encoding: "utf8" }).map(
      (path) => `${name}/src/${path}`,
    ),
  );
  const found = all.filter((path) => path.endsWith(".ts"));
  expect(found.length).toBeGreaterThan(100);
  return found;
}
