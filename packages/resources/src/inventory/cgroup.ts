import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the control groups of this process let it use; what is absent is not limited. */
export interface CgroupLimits {
  /** Cores; a quota of half of the time is 0.5. */
  readonly cpu: number | undefined;
  /** Bytes. */
  readonly memory: number | undefined;
}

/** How a version of control groups says its limits in a group's directory. */
interface Layout {
  readonly cpu: (directory: string) => Promise<number | undefined>;
  readonly memory: (directory: string) => Promise<number | undefined>;
}

const version2: Layout = {
  async cpu(directory) {
    const [quota, period] = (await read(join(directory, "cpu.max")))?.split(" ") ?? [];
    return ratio(quota, period);
  },
  memory: async (directory) => positive(await read(join(directory, "memory.max"))),
};

const version1: Layout = {
  async cpu(directory) {
    const quota = await read(join(directory, "cpu.cfs_quota_us"));
    return ratio(quota, await read(join(directory, "cpu.cfs_period_us")));
  },
  memory: async (directory) => positive(await read(join(directory, "memory.limit_in_bytes"))),
};

/**
 * The tightest limits on the way from the group of this process up to the root of the hierarchy: a group never gets
 * more than those it is in. In a container the path may be that of the host, of which nothing is mounted; the levels
 * that are there count.
 *
 * @param root Where `proc` and `sys` are. Default: `/`. On a system that has neither, nothing is limited.
 */
export async function cgroupLimits(root = "/"): Promise<CgroupLimits> {
  const cpu: number[] = [];
  const memory: number[] = [];
  for (const line of ((await read(join(root, "proc/self/cgroup"))) ?? "").split("\n")) {
    const [, id, controllers = "", path = ""] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const isUnified = id === "0" && controllers === "";
    const names = controllers.split(",");
    const layout = isUnified ? version2 : version1;
    // Both versions may be there at once. Controllers that share a hierarchy are mounted under both names, or each.
    const mounts = isUnified ? ["", "unified"] : [controllers, ...names];
    for (const mount of mounts) {
      for (const directory of levels(join(root, "sys/fs/cgroup", mount), path)) {
        if (isUnified || names.includes("cpu")) cpu.push((await layout.cpu(directory)) ?? Infinity);
        if (isUnified || names.includes("memory")) memory.push((await layout.memory(directory)) ?? Infinity);
      }
    }
  }
  return { cpu: least(cpu), memory: least(memory) };
}

/** The directories of a group and of all that it is in. */
function levels(mount: string, path: string): string[] {
  // Seen from another namespace a path may begin with "..": then its levels cannot be told.
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  return Array.from({ length: names.length + 1 }, (_, depth) => join(mount, ...names.slice(0, depth)));
}

async function read(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return undefined;
  }
}

function ratio(quota: string | undefined, period: string | undefined): number | undefined {
  const [of, by] = [positive(quota), positive(period)];
  return of === undefined || by === undefined ? undefined : of / by;
}

/** `undefined` for `max` and `-1`, which are no limit. */
function positive(text: string | undefined): number | undefined {
  const value = text === undefined || text === "" ? NaN : Number(text);
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

function least(values: readonly number[]): number | undefined {
  const value = Math.min(...values);
  return value === Infinity ? undefined : value;
}
