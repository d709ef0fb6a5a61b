import { basename, isAbsolute } from "node:path";
import { inspect } from "node:util";

import { checkOptions, type OptionRules, TroupeError } from "@troupe/core";

import { amountProblem } from "../amounts.js";
import { memoryProblem, parseMemory } from "../memory.js";
import { isPlain } from "./checks.js";
import type { LaunchRequest } from "./launcher.js";

/** A request that was checked, with its defaults. */
export interface ParsedRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly name: string;
  /** Cores; 0: not said. */
  readonly cpu: number;
  /** Whole devices. */
  readonly gpu: number;
  /** Bytes; 0: not said. */
  readonly memory: number;
  /** Milliseconds. */
  readonly timeLimit: number | undefined;
}

/** Characters of a name. */
const longestName = 48;
/** What schedulers take for a name, ids are made of and shells need no quotes for. */
const nameForm = /^[A-Za-z0-9][\w.-]{0,47}$/;

const rules: OptionRules<LaunchRequest> = {
  command: { must: "the path or name of a program", holds: (value) => isPlain(value) && value !== "" },
  args: {
    must: "a list of texts without zero bytes",
    holds: (value) => Array.isArray(value) && value.every(isPlain),
  },
  // By itself: what is wrong of it may be secret, and is not to be shown.
  env: { must: "", holds: () => true },
  cwd: { must: "an absolute path", holds: (value) => isPlain(value) && isAbsolute(value) },
  cpu: { must: "cores, from 0", holds: (value) => amountProblem(value) === undefined },
  memory: {
    must: "bytes, or a text such as 512MiB",
    holds: (value) => memoryProblem(value) === undefined,
  },
  gpu: { must: "a whole number of devices", holds: (value) => Number.isInteger(value) && Number(value) >= 0 },
  name: {
    must: `at most ${longestName} letters, digits, ".", "_" and "-", a letter or digit first`,
    holds: (value) => typeof value === "string" && nameForm.test(value),
  },
  timeLimit: { must: "milliseconds above 0", holds: (value) => typeof value === "number" && value > 0 },
};

/** @throws ERR_CONFIG naming the option that is wrong */
export function parseRequest(request: LaunchRequest): ParsedRequest {
  const checked = checkOptions<LaunchRequest>("launch()", request, rules);
  const { command, args = [], env = {}, cwd, cpu = 0, memory = 0, gpu = 0, timeLimit = Infinity } = checked;
  if ((command as unknown) === undefined) throw wrong("command", "must be there: the program to run");
  checkEnvironment(env);
  return {
    command,
    args,
    env,
    cwd,
    name: checked.name ?? nameOf(command),
    cpu,
    gpu,
    memory: parseMemory(memory) ?? 0,
    timeLimit: timeLimit === Infinity ? undefined : timeLimit,
  };
}

function checkEnvironment(env: unknown): void {
  if (typeof env !== "object" || env === null) throw wrong("env", "must be texts by name");
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw wrong("env", `has ${inspect(name)}, which is no name for a variable`);
    if (!isPlain(value)) throw wrong("env", `${name} must be a text without zero bytes`);
  }
}

function nameOf(command: string): string {
  const last = basename(command)
    .replaceAll(/[^\w.-]/g, "_")
    .replace(/^[^A-Za-z0-9]+/, "");
  return last.slice(0, longestName) || "program";
}

function wrong(option: string, problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `launch(): ${option} ${problem}.`, { details: { option } });
}
