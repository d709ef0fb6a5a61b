import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { large, total } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

const spill = mkdtempSync(join(tmpdir(), "troupe-tasks-"));
beforeAll(() => objects.configure({ capacity: 4 * 1024 * 1024, segmentBytes: 1024 * 1024, spill }));
afterAll(() => {
  objects.close();
  rmSync(spill, { recursive: true, force: true });
});

it("an argument for which there is no room in memory fails its task with that, and is not taken for lost", async () => {
  await using _ = await startSystem();
  const length = (3 * 1024 * 1024) / 8;
  using onDisk = objects.put(new Float64Array(length).fill(1));
  using inMemory = objects.put(new Float64Array(length).fill(2));
  const view = await objects.get(inMemory);
  expect(await failureOf(objects.get(total.submit(onDisk)))).toMatchObject({ code: "ERR_STORE_FULL" });
  expect(view[7]).toBe(2);
});

it("memory of which only garbage has views is given back when there is no room for more", async () => {
  await using _ = await startSystem({ pools: 2 });
  const length = (1.5 * 1024 * 1024) / 8;
  for (let round = 0; round < 10; round++) {
    using array = large.submit(length, round);
    const totals = Array.from({ length: 4 }, () => total.submit(array));
    expect(new Set(await objects.get(totals))).toEqual(new Set([length * round]));
    for (const ref of totals) ref.release();
    expect((await objects.get(array))[7]).toBe(round);
  }
});
