import { basename, isAbsolute } from "node:path";
import { inspect } from "node:util";

import { scale } from "../amounts.js";
import { checkText, configError, parseNeed } from "../need.js";
import { checkFields, checkPlain } from "./checks.js";
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

const what = "launch()";
/** What schedulers take for a name, ids are made of and shells need no quotes for. */
const nameForm = /^[A-Za-z0-9][\w.-]{0,47}$/;

/** @throws ERR_CONFIG naming the field that is wrong */
export function parseRequest(request: LaunchRequest): ParsedRequest {
  checkFields(what, request, [
    "command",
    "args",
    "env",
    "cwd",
    "cpu",
    "memory",
    "gpu",
    "name",
    "timeLimit",
  ] satisfies (keyof LaunchRequest)[]);
  const { command, args = [], env = {}, cwd, gpu = 0, name, timeLimit } = request;
  checkText(what, "command", command);
  checkPlain(what, "command", command);
  if (!Array.isArray(args))
    throw configError(what, "args", `must be a list of texts; it is ${inspect(args)}`);
  args.forEach((arg, index) => checkPlain(what, `args[${index}]`, arg));
  checkEnvironment(env);
  if (cwd !== undefined) checkPlain(what, "cwd", cwd);
  if (cwd !== undefined && !isAbsolute(cwd))
    throw configError(what, "cwd", `must be an absolute path; it is ${inspect(cwd)}`);
  if (name !== undefined && !(typeof name === "string" && nameForm.test(name)))
    throw configError(
      what,
      "name",
      `must be a letter or digit, and at most 47 of them, ".", "_" and "-"; it is ${inspect(name)}`,
    );
  if (timeLimit !== undefined && !(typeof timeLimit === "number" && timeLimit > 0))
    throw configError(what, "timeLimit", `must be milliseconds above 0; it is ${inspect(timeLimit)}`);
  const { cpu, memory } = parseNeed(what, request);
  if (!Number.isInteger(gpu)) throw configError(what, "gpu", `must be whole devices; it is ${inspect(gpu)}`);
  return {
    command,
    args,
    env,
    cwd,
    name: name ?? nameOf(command),
    cpu: cpu / scale,
    gpu,
    memory,
    timeLimit: timeLimit === Infinity ? undefined : timeLimit,
  };
}

function checkEnvironment(env: unknown): void {
  if (typeof env !== "object" || env === null)
    throw configError(what, "env", `must be texts by name; it is ${inspect(env)}`);
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw configError(what, "env", `has a variable ${inspect(name)}, which is no name for one`);
    checkPlain(what, `env.${name}`, value);
  }
}

function nameOf(command: string): string {
  const last = basename(command)
    .replaceAll(/[^\w.-]/g, "_")
    .replace(/^[^A-Za-z0-9]+/, "");
  return last.slice(0, 48) || "program";
}
