import { Harness, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { init, type InitOptions } from "../src/index.js";
import { failureOf } from "./support/start.js";

noLeftovers();

describe("init() refuses, says what is wrong, and starts nothing:", () => {
  it.each<[string, unknown, RegExp]>([
    ["an option that is none", { polls: 3 }, /init\(\): there is no option polls; pools may be meant/],
    [
      "an option unlike any",
      { colour: "red" },
      /no option colour; there are namespace, pools, log, resources, storage, objects, slowCall, .*timeout/,
    ],
    ["options that are no object", 4, /options are an object, not 4/],
    ["no options", null, /an object, not null/],
    ["an empty namespace", { namespace: "" }, /namespace must be a text that is not empty, not ''/],
    ["a namespace that is no text", { namespace: 1 }, /namespace must be .*, not 1/],
    ["a log that is none", { log: "out.txt" }, /log must be false, a function or a logger .*, not 'out.txt'/],
    ["a logger that cannot warn", { log: { info() {} } }, /a logger with debug, info, warn and error/],
    ["a negative number of pools", { pools: -1 }, /pools must be a number from 0 to 1024.*not -1/],
    ["a number of pools that is no number", { pools: "4" }, /pools must be a number/],
    [
      "an option of a pool that is none",
      { pools: [{ labl: "x" }] },
      /options of a pool: .*option labl; label may be meant/,
    ],
    [
      "an isolation that is none",
      { pools: [{ isolation: "vm" }] },
      /isolation must be "process" or "thread"/,
    ],
    ["memory of a thread", { pools: [{ isolation: "thread", maxMemory: 64 }] }, /maxMemory is for isolation/],
    ["an object store that is none", { objects: 7 }, /objects must be an object, as .*, not 7/],
    [
      "a limit of slow calls that is none",
      { slowCall: -1 },
      /slowCall must be a number of milliseconds from 0, not -1/,
    ],
    [
      "resources that are none",
      { resources: { cores: 4 } },
      /resources has no "cores"; there are cpu, memory/,
    ],
    ["a negative number of cores", { resources: { cpu: -1 } }, /host-0: cpu must be a number from 0/],
    [
      "resources that are a number",
      { resources: 4 },
      /resources must be an object of amounts, or the path of a file/,
    ],
    ["a file of resources that is not there", { resources: "none.yaml" }, /none\.yaml cannot be read/],
    ["a storage that cannot be opened", { storage: "lmdb:/proc/none/kept" }, /\/proc\/none\/kept/],
    ["a timeout that is none", { pools: 1, timeout: -1 }, /timeout must be a number of milliseconds/],
  ])("%s", async (_name, options, message) => {
    const error = await failureOf(init(options as InitOptions));
    expect(error.code).toBe("ERR_CONFIG");
    expect(error.message).toMatch(message);
  });
});

it("with log: false nothing is said, neither of pools nor by the cluster", async () => {
  await using harness = await Harness.start();
  const program = new URL("programs/silent.mjs", import.meta.url);
  const driver = harness.spawn(program, { env: { TROUPE_LOG: "warn" } });
  await driver.line("recovered");
  expect(await driver.exited).toEqual({ code: 0, signal: null });
  expect(driver.lines).toEqual(["recovered"]);
  expect(driver.stderr).toBe("");
});
