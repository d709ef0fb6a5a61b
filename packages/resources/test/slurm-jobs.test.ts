import { spawnSync } from "node:child_process";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseRequest } from "../src/launcher/parse-request.js";
import { jobScript } from "../src/launcher/slurm/job-script.js";
import { parseJobs } from "../src/launcher/slurm/job-state.js";

const plain = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));

describe("the script of a job", () => {
  it("runs the command with any arguments and variables as they are", () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 4 }), plain, (args, value) => {
        const print = ["-c", 'printf "%s\\0" "$VALUE" "$@"', "sh"];
        const request = parseRequest({
          command: "/bin/sh",
          args: [...print, ...args],
          env: { VALUE: value },
        });
        const { stdout } = spawnSync("/bin/sh", { input: jobScript(request), encoding: "utf8" });
        expect(stdout.split("\0").slice(0, -1)).toEqual([value, ...args]);
      }),
      {
        numRuns: 50,
        examples: [
          [["'", `'\\''`, '"$HOME"', "`id`", "a\nb", "-n", ""], "$(id)"],
          [["*", "\\", "!", "#", "~"], "'"],
        ],
      },
    );
  });
});

describe("what squeue prints", () => {
  it.each([
    ["waiting", "Resources", "PENDING|Resources|0"],
    ["waiting", undefined, "CONFIGURING|None|0"],
    ["running", undefined, "RUNNING|None|0"],
    ["running", undefined, "COMPLETING|NonZeroExitCode|256"],
    ["running", undefined, "SUSPENDED|None|0"],
    ["running", undefined, "OF_A_LATER_SLURM|None|0"],
    ["ended", undefined, "COMPLETED|None|0"],
    ["stopped", undefined, "CANCELLED|None|15"],
    ["failed", "exit code 3", "FAILED|NonZeroExitCode|768"],
    ["failed", "ended by signal 9", "FAILED|RaisedSignal:9(Killed)|9"],
    ["failed", "BadConstraints", "FAILED|BadConstraints|0"],
    ["failed", "TimeLimit", "TIMEOUT|TimeLimit|0"],
    ["failed", "OutOfMemory", "OUT_OF_MEMORY|OutOfMemory|0"],
    ["failed", "NODE_FAIL", "NODE_FAIL|None|0"],
  ])("is %s, because of %s, for %s", (state, reason, printed) => {
    const [job] = parseJobs(`7|troupe-host.1|${printed}|\n`, "troupe-");
    expect(job).toEqual({ id: "7", name: "host.1", state, ...(reason === undefined ? {} : { reason }) });
  });

  it("is of jobs of others, too, which are passed over; the oldest comes first", () => {
    const lines = [
      "10|troupe-b|RUNNING|None|0|",
      "9|troupe-a|RUNNING|None|0|",
      "8|other|RUNNING|None|0|",
      "",
    ];
    expect(parseJobs(lines.join("\n"), "troupe-").map(({ id }) => id)).toEqual(["9", "10"]);
    expect(parseJobs("", "troupe-")).toEqual([]);
  });
});
