import { Session } from "node:inspector/promises";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BenchCase } from "./case.js";
import { warmUp } from "./harness.js";

/** Where the time of the driver went, or that of all pools together. */
export interface ProcessProfile {
  readonly process: string;
  /** Of all its processes. */
  readonly seconds: number;
  /** Shares of the time, the largest first: of who it belongs to, and of single functions. */
  readonly owners: readonly Share[];
  readonly functions: readonly Share[];
}

interface Share {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
}

/** What of V8's format is read. */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
  /** The node of each sample, and the microseconds since the one before it. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
}

/** Microseconds between two samples. */
const interval = 500;
/** Shares below it are not listed. */
const least = 0.01;
/** Listed of each kind. */
const most = 10;

/**
 * Does a case's work once more, by Troupe alone, with V8's profiler in each of its processes: a profiled run is slower,
 * and its figures are not used. Start and warming up are in it.
 */
export async function profileCase({ contenders, batch = 1 }: BenchCase): Promise<readonly ProcessProfile[]> {
  const contender = contenders.find(({ role }) => role === "troupe");
  if (!contender) return [];
  const directory = await mkdtemp(join(tmpdir(), "troupe-profile-"));
  try {
    const here = await profileHere(async () => {
      const running = await contender.setup([
        "--cpu-prof",
        `--cpu-prof-dir=${directory}`,
        `--cpu-prof-interval=${interval}`,
      ]);
      try {
        if ("read" in running) await running.read();
        else await running.run(await warmUp(running, batch));
      } finally {
        await running.teardown();
      }
    });
    const files = await readdir(directory);
    const profiles = files.map(async (file) => {
      const text = await readFile(join(directory, file), "utf8");
      return JSON.parse(text) as CpuProfile;
    });
    const [drivers, pools] = partition(await Promise.all(profiles), isDriver);
    // Where no program drives the case, this process does.
    return [
      summarize("the driver", drivers.length > 0 ? drivers : [here]),
      summarize(`${pools.length} pool(s)`, pools),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function profileHere(work: () => Promise<void>): Promise<CpuProfile> {
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval });
    await session.post("Profiler.start");
    await work();
    const { nodes, samples = [], timeDeltas = [] } = (await session.post("Profiler.stop")).profile;
    return { nodes, samples, timeDeltas };
  } finally {
    session.disconnect();
  }
}

function isDriver({ nodes }: CpuProfile): boolean {
  return nodes.some(({ callFrame }) => /\/troupe(-tasks)?-driver\.mjs$/.test(callFrame.url));
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function summarize(process: string, profiles: readonly CpuProfile[]): ProcessProfile {
  const owners = new Map<string, number>();
  const functions = new Map<string, number>();
  const add = (times: Map<string, number>, name: string, time: number) =>
    times.set(name, (times.get(name) ?? 0) + time);
  let total = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [index, node] of samples.entries()) {
      // Clocks of a machine that is shared may step back.
      const time = Math.max(0, timeDeltas[index] ?? 0);
      const frame = frames.get(node)!;
      const owner = ownerOf(frame);
      total += time;
      add(owners, owner, time);
      const isFunction = !frame.functionName.startsWith("(");
      if (isFunction) add(functions, `${frame.functionName || "(anonymous)"} (${owner})`, time);
    }
  }
  return {
    process,
    seconds: total / 1e6,
    owners: largest(owners, total),
    functions: largest(functions, total),
  };
}

function largest(times: ReadonlyMap<string, number>, total: number): Share[] {
  return [...times]
    .map(([name, time]) => ({ name, share: time / total }))
    .filter(({ share }) => share >= least)
    .sort((a, b) => b.share - a.share)
    .slice(0, most);
}

/** Whose time it is that a function takes by itself. */
function ownerOf({ functionName, url }: Frame): string {
  if (functionName === "(idle)") return "asleep";
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(program)") return "native code and system calls";
  const [, own] = /\/packages\/([^/]+)\/dist\//.exec(url) ?? [];
  if (own !== undefined) return `@troupe/${own}`;
  const [, library] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (library !== undefined) return library;
  if (url.startsWith("node:")) return "node";
  return url === "" ? "V8's own functions" : "the bench";
}
