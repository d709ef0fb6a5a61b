import { randomUUID } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { Harness, type SpawnOptions } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { detectInventory, type Inventory } from "../src/index.js";
import { cgroupLimits } from "../src/inventory/cgroup.js";
import { queryGpus } from "../src/inventory/nvidia-smi.js";
import { visibleDevices } from "../src/inventory/visible-devices.js";
import { errorOf, GiB } from "./support.js";

const program = new URL("programs/inventory.mjs", import.meta.url);

describe("detectInventory()", () => {
  it("finds the cores and the memory that this process may use", async () => {
    const { cpu, memory, resources } = await detectInventory({ resources: { camera: 2 } });
    expect(cpu).toBeGreaterThan(0);
    expect(cpu).toBeLessThanOrEqual(availableParallelism());
    expect(memory).toBeGreaterThan(0);
    expect(memory).toBeLessThanOrEqual(totalmem());
    expect(resources).toEqual({ camera: 2 });
  });

  it("refuses custom resources that are no amounts", async () => {
    expect((await errorOf(detectInventory({ resources: { camera: -1 } }))).code).toBe("ERR_CONFIG");
  });

  if (!hasCommand("taskset")) console.warn("SKIPPED: affinity. There is no taskset, which util-linux has.");

  it.skipIf(!hasCommand("taskset"))("counts the cores of its affinity only", async () => {
    await using harness = await Harness.start();
    const { cpu } = await inventoryIn(harness, { under: ["taskset", "-c", "0"] });
    expect(cpu).toBeLessThanOrEqual(1);
  });
});

describe("limits of control groups, version 2", () => {
  it("are the tightest on the way up from the group of this process", async () => {
    const limits = await limitsOf({
      "proc/self/cgroup": "0::/jobs/mine\n",
      "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
      "sys/fs/cgroup/jobs/cpu.max": "150000 100000\n",
      "sys/fs/cgroup/jobs/memory.max": "2147483648\n",
      "sys/fs/cgroup/jobs/mine/cpu.max": "max 100000\n",
      "sys/fs/cgroup/jobs/mine/memory.max": "8589934592\n",
    });
    expect(limits).toEqual({ cpu: 1.5, memory: 2 * GiB });
  });

  it("are those of the root in a container, whatever path the host knows it by", async () => {
    const files = { "sys/fs/cgroup/cpu.max": "25000 50000\n", "sys/fs/cgroup/memory.max": "1073741824\n" };
    const inside = { cpu: 0.5, memory: GiB };
    expect(await limitsOf({ "proc/self/cgroup": "0::/\n", ...files })).toEqual(inside);
    expect(await limitsOf({ "proc/self/cgroup": "0::/system.slice/x.scope\n", ...files })).toEqual(inside);
    expect(await limitsOf({ "proc/self/cgroup": "0::/../other\n", ...files })).toEqual(inside);
  });

  it("are none where nothing is limited, or nothing is there to say so", async () => {
    const none = { cpu: undefined, memory: undefined };
    expect(await limitsOf({})).toEqual(none);
    expect(await limitsOf({ "proc/self/cgroup": "" })).toEqual(none);
    const files = { "sys/fs/cgroup/cpu.max": "max 100000\n", "sys/fs/cgroup/memory.max": "max\n" };
    expect(await limitsOf({ "proc/self/cgroup": "0::/\n", ...files })).toEqual(none);
    const broken = { "sys/fs/cgroup/cpu.max": "what?\n", "sys/fs/cgroup/memory.max": "\n" };
    expect(await limitsOf({ "proc/self/cgroup": "0::/\nnonsense\n", ...broken })).toEqual(none);
  });
});

describe("limits of control groups, version 1", () => {
  it("are those of the cpu and memory hierarchies, each with its own path", async () => {
    const limits = await limitsOf({
      "proc/self/cgroup": "5:cpu,cpuacct:/docker/x\n4:memory:/slice/y\n1:name=systemd:/\n0::/\n",
      "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "75000\n",
      "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/memory/slice/memory.limit_in_bytes": "1073741824\n",
      "sys/fs/cgroup/memory/slice/y/memory.limit_in_bytes": "9223372036854771712\n",
    });
    expect(limits).toEqual({ cpu: 0.75, memory: GiB });
  });

  it("are found where each controller has a mount of its own", async () => {
    const limits = await limitsOf({
      "proc/self/cgroup": "5:cpuacct,cpu:/\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
      "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    });
    expect(limits).toEqual({ cpu: 2, memory: undefined });
  });
});

describe("a real control group", () => {
  const parent = cpuGroup();
  if (parent === undefined)
    console.warn("SKIPPED: a real control group. No cpu hierarchy may be written here; as root it may be.");

  it.skipIf(parent === undefined)("limits the cores of a process in it", async () => {
    const { directory, limit } = parent!;
    const group = join(directory, `troupe-test-${randomUUID()}`);
    mkdirSync(group);
    try {
      for (const [file, text] of limit) writeFileSync(join(group, file), text);
      await using harness = await Harness.start();
      // The shell enters the group and becomes the program, so that nothing else is ever in it.
      const under = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group];
      expect((await inventoryIn(harness, { under })).cpu).toBe(0.5);
    } finally {
      rmdirSync(group);
    }
  });
});

describe("GPUs", () => {
  it("are those that nvidia-smi lists, with memory in bytes", async () => {
    const gpus = await gpusWith(
      `echo "0, GPU-aaaa-1, NVIDIA A100-SXM4-40GB, 40960"
       echo "1, GPU-bbbb-2, Tesla V100, PCIe, 16384"
       echo "2, GPU-cccc-3, NVIDIA GB10, [N/A]"`,
    );
    expect(gpus).toEqual([
      { index: 0, uuid: "GPU-aaaa-1", name: "NVIDIA A100-SXM4-40GB", memory: 40 * GiB },
      { index: 1, uuid: "GPU-bbbb-2", name: "Tesla V100, PCIe", memory: 16 * GiB },
      { index: 2, uuid: "GPU-cccc-3", name: "NVIDIA GB10", memory: 0 },
    ]);
  });

  it("are asked for by the query that is documented", async () => {
    const gpus = await gpusWith(
      `[ "$*" = "--query-gpu=index,uuid,name,memory.total --format=csv,noheader,nounits" ] || exit 1
       echo "0, GPU-a, x, 1"`,
    );
    expect(gpus).toHaveLength(1);
  });

  it("are those that CUDA_VISIBLE_DEVICES leaves", async () => {
    const script = `echo "0, GPU-aaaa, x, 1"; echo "1, GPU-bbbb, x, 1"; echo "2, GPU-cccc, x, 1"`;
    const gpus = await gpusWith(script, { CUDA_VISIBLE_DEVICES: "2,0" });
    expect(gpus.map(({ uuid }) => uuid)).toEqual(["GPU-cccc", "GPU-aaaa"]);
  });

  it.each([
    [undefined, [0, 1, 2]],
    ["2,0", [2, 0]],
    ["GPU-bb, 0", [1, 0]],
    ["1,7,0", [1]],
    ["1,1,0", [1]],
    ["MIG-bbbb,0", []],
    ["", []],
    ["-1", []],
  ])(
    "are left by CUDA_VISIBLE_DEVICES=%s as CUDA does, up to the first that does not exist",
    (value, left) => {
      const devices = ["GPU-aaaa", "GPU-bbbb", "GPU-cccc"].map((uuid, index) => ({ index, uuid }));
      expect(visibleDevices(devices, value).map(({ index }) => index)).toEqual(left);
    },
  );

  it("are none when nvidia-smi fails, says something else, or is not there", async () => {
    expect(await gpusWith(`echo "0, GPU-a, x, 1"; exit 9`)).toEqual([]);
    expect(await gpusWith(`echo "No devices were found"`)).toEqual([]);
    expect(await gpusWith(undefined)).toEqual([]);
  });

  it("are none when nvidia-smi hangs, and what it started is ended", async () => {
    await using harness = await Harness.start();
    const path = await fakeSmi(harness.directory, `echo "0, GPU-a, x, 1"; echo $$ > "$0.pid"; sleep 600`);
    const inventory = await inventoryIn(harness, { env: { PATH: path } });
    expect(inventory.gpus).toEqual([]);
    const pid = Number(readFileSync(join(harness.directory, "bin", "nvidia-smi.pid"), "utf8"));
    expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  });

  it("are not waited for longer than is said", async () => {
    expect(await queryGpus(0)).toEqual([]);
  });
});

/** What a tree of files makes of the limits. */
async function limitsOf(files: Readonly<Record<string, string>>) {
  await using harness = await Harness.start();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(harness.directory, path)), { recursive: true });
    await writeFile(join(harness.directory, path), text);
  }
  return await cgroupLimits(harness.directory);
}

/** What a process finds whose nvidia-smi is this shell script; without one there is none. */
async function gpusWith(script: string | undefined, env: Record<string, string> = {}) {
  await using harness = await Harness.start();
  const path = script === undefined ? harness.directory : await fakeSmi(harness.directory, script);
  return (await inventoryIn(harness, { env: { ...env, PATH: path } })).gpus;
}

/** What a process started so finds, once it has ended. */
async function inventoryIn(harness: Harness, options: SpawnOptions): Promise<Inventory> {
  await using process = harness.spawn(program, options);
  const [line] = await process.line(/^\{.*/);
  expect(await process.exited).toEqual({ code: 0, signal: null });
  return JSON.parse(line) as Inventory;
}

/** Puts a script by the name of nvidia-smi first on a PATH. */
async function fakeSmi(directory: string, script: string): Promise<string> {
  const folder = join(directory, "bin");
  await mkdir(folder);
  await writeFile(join(folder, "nvidia-smi"), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, "nvidia-smi"), 0o755);
  return `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
}

function hasCommand(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** The cpu group of a process, with the files that say half a core in a group within it. */
interface CpuGroup {
  readonly directory: string;
  readonly limit: readonly (readonly [file: string, text: string])[];
}

/** The one of this process, if groups may be made in it. */
function cpuGroup(): CpuGroup | undefined {
  if (!existsSync("/proc/self/cgroup")) return undefined;
  const groups = readFileSync("/proc/self/cgroup", "utf8").split("\n").flatMap(cpuGroupOf);
  return groups.find(({ directory }) => isWritable(directory));
}

function cpuGroupOf(line: string): CpuGroup[] {
  const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
  if (controllers.split(",").includes("cpu")) {
    const limit = [["cpu.cfs_period_us", "100000"] as const, ["cpu.cfs_quota_us", "50000"] as const];
    return [{ directory: join("/sys/fs/cgroup", controllers, path), limit }];
  }
  const directory = join("/sys/fs/cgroup", path);
  const enabled = join(directory, "cgroup.subtree_control");
  if (controllers !== "" || !existsSync(enabled) || !readFileSync(enabled, "utf8").includes("cpu")) return [];
  return [{ directory, limit: [["cpu.max", "50000 100000"]] }];
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
