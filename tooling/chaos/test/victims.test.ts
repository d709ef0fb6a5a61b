import type { PoolInfo } from "@troupe/dist";
import { expect, it } from "vitest";

import { Victims } from "../src/victims.js";

function pool(pid: number, state: PoolInfo["state"] = "up"): PoolInfo {
  return { id: "pool-0", pid, state } as PoolInfo;
}

it("a pool is a victim once it has acknowledged something in its present run", () => {
  const victims = new Victims();
  expect(victims.among([pool(1)])).toEqual([]);
  victims.note("pool-1");
  expect(victims.among([pool(1)])).toEqual([]);
  victims.note("pool-0");
  expect(victims.among([pool(1)])).toEqual([{ name: "pool-0", pid: 1 }]);
  expect(victims.among([pool(1, "starting")])).toEqual([]);
  expect(victims.among([pool(2)])).toEqual([]);
  victims.note("pool-0");
  expect(victims.among([pool(2)])).toEqual([{ name: "pool-0", pid: 2 }]);
  expect([...victims.pids]).toEqual([1, 2]);
});
