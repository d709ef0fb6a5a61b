import { describe, expect, it } from "vitest";

import { Backoff } from "../src/agent/backoff.js";
import { checkPoolOptions, checkPools, inheritedExecArgv } from "../src/agent/pool-options.js";
import { Cluster } from "../src/cluster.js";

describe("options of a pool", () => {
  it("may be all that there are", () => {
    const options = { label: "big", env: { A: "1", B: undefined }, execArgv: ["--expose-gc"], threads: 8 };
    expect(checkPoolOptions({ ...options, isolation: "process", maxMemory: 64 })).toMatchObject(options);
  });

  it.each([
    [{ size: 1 }, /no option size; there are label, isolation/, "size"],
    [{ label: "" }, /label must be a text that is not empty, not ''/, "label"],
    [{ isolation: "vm" }, /isolation must be "process" or "thread"/, "isolation"],
    [{ env: { A: 1 } }, /env must be an object of texts/, "env"],
    [{ execArgv: "--expose-gc" }, /execArgv must be an array of texts/, "execArgv"],
    [{ maxMemory: 1.5 }, /maxMemory must be a whole number of MiB from 8/, "maxMemory"],
    [{ threads: 0 }, /threads must be a whole number from 1 to 1024/, "threads"],
    [{ backoff: -1 }, /backoff must be whole milliseconds from 0, not -1/, "backoff"],
    [{ backoff: Infinity }, /backoff must be whole milliseconds from 0, not Infinity/, "backoff"],
    [{ threads: 4, isolation: "thread" }, /threads is for isolation "process" only/, "threads"],
    [{ maxMemory: 64, isolation: "thread" }, /maxMemory is for isolation "process" only/, "maxMemory"],
    [5, /an object, not 5/, undefined],
  ])("%j are refused", (options, message, option) => {
    expect(() => checkPoolOptions(options)).toThrow(
      expect.objectContaining({
        code: "ERR_CONFIG",
        message: expect.stringMatching(message),
        details: option === undefined ? {} : { option },
      }),
    );
  });

  it.each([-1, 1.5, "2", 2_000])("a number of pools cannot be %j", (pools) => {
    expect(() => checkPools(pools)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });

  it("that are wrong start nothing", async () => {
    const start = Cluster.start({ program: new URL("file:///pool.mjs"), pools: [{}, { label: "" }] });
    await expect(start).rejects.toMatchObject({ code: "ERR_CONFIG", details: { option: "label" } });
  });
});

it.each([
  [
    ["--import", "tsx", "--inspect-brk=9229"],
    ["--import", "tsx"],
  ],
  [["--inspect-port", "0", "--expose-gc"], ["--expose-gc"]],
  [["--conditions=dev", "--input-type=module", "-e", "await main()"], ["--conditions=dev"]],
  [["--watch", "--enable-source-maps"], ["--enable-source-maps"]],
  [["--inspect", "--max-old-space-size=99"], ["--max-old-space-size=99"]],
])("of the driver's options %j pools get %j", (given, inherited) => {
  expect(inheritedExecArgv(given)).toEqual(inherited);
});

it("a pool is started again at once, and later each time when it dies soon", () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 10 }, () => backoff.after(50));
  expect(delays).toEqual([0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  expect([backoff.after(60_000), backoff.after(50), backoff.after(50)]).toEqual([0, 0, 100]);
});

it.each([
  [0, [0, 0, 0, 0]],
  [150, [0, 100, 150, 150]],
])("a pool with a backoff of %j ms is started again after %j", (longest, delays) => {
  const backoff = new Backoff(longest);
  expect(delays.map(() => backoff.after(50))).toEqual(delays);
});
