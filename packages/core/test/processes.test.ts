import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { Harness, type HarnessProcess, waitUntil } from "@troupe/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import {
  isProcessAlive,
  isSameHost,
  ownedSocketPath,
  processIdentity,
  type ProcessIdentity,
  runtimeDirectory,
  sweepRuntimeDirectory,
} from "../src/index.js";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await harness.close();
});

const program = new URL("programs/socket-owner.mjs", import.meta.url);

async function owner(): Promise<{ child: HarnessProcess; identity: ProcessIdentity & { path: string } }> {
  const child = harness.spawn(program);
  const [line] = await child.line(/^\{.*\}$/);
  return { child, identity: JSON.parse(line) as ProcessIdentity & { path: string } };
}

describe("a process's identity", () => {
  it("names this process, always in the same way", () => {
    expect(processIdentity()).toBe(processIdentity());
    expect(processIdentity().pid).toBe(process.pid);
    expect(isProcessAlive(processIdentity())).toBe(true);
    expect(isSameHost(processIdentity())).toBe(true);
    expect(isSameHost({ ...processIdentity(), host: "elsewhere" })).toBe(false);
  });

  it("names the same host in another process", async () => {
    const { child, identity } = await owner();
    expect(isSameHost(identity)).toBe(true);
    expect(identity.pid).toBe(child.pid);
    await child.kill();
  });

  it("is alive while it runs and while it is paused, and dead once it was killed", async () => {
    const { child, identity } = await owner();
    expect(isProcessAlive(identity)).toBe(true);
    await child.freeze();
    expect(isProcessAlive(identity)).toBe(true);
    await child.kill();
    expect(isProcessAlive(identity)).toBe(false);
  });

  it("is not that of a later process with the same pid", async () => {
    const { child, identity } = await owner();
    expect(isProcessAlive({ pid: identity.pid, startTime: identity.startTime + 1 })).toBe(false);
    expect(isProcessAlive({ pid: identity.pid, startTime: 0 })).toBe(true);
    await child.kill();
  });

  it.each([0, -1, NaN, 2 ** 40])("of pid %d is nobody's", (pid) => {
    expect(isProcessAlive({ pid, startTime: 0 })).toBe(false);
  });
});

describe("the runtime directory", () => {
  const use = (name: string) => {
    const path = join(harness.directory, name);
    vi.stubEnv("TROUPE_RUNTIME_DIR", path);
    return path;
  };
  const unusable = expect.objectContaining({ code: "ERR_CONFIG", message: expect.stringContaining("set TROUPE_RUNTIME_DIR") as string }) as Error; // prettier-ignore

  it("is made with its parents, for this user alone", () => {
    const path = use("a/b/c");
    expect(runtimeDirectory()).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it("is closed to others when it was open", () => {
    const path = use("open");
    mkdirSync(path);
    chmodSync(path, 0o755);
    runtimeDirectory();
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  it("is troupe under XDG_RUNTIME_DIR where none is set", () => {
    vi.stubEnv("TROUPE_RUNTIME_DIR", "");
    vi.stubEnv("XDG_RUNTIME_DIR", harness.directory);
    expect(runtimeDirectory()).toBe(join(harness.directory, "troupe"));
  });

  it("is refused when it belongs to another user", () => {
    if (process.getuid?.() === 0) {
      const path = use("foreign");
      mkdirSync(path);
      chownSync(path, 65534, 65534);
    } else {
      vi.stubEnv("TROUPE_RUNTIME_DIR", "/usr");
    }
    expect(() => runtimeDirectory()).toThrow(unusable);
  });

  it("is refused when it is a file, below a file, or a link to a directory that anybody may change", () => {
    writeFileSync(use("file"), "");
    expect(() => runtimeDirectory()).toThrow(unusable);
    vi.stubEnv("TROUPE_RUNTIME_DIR", join(harness.directory, "file", "below"));
    expect(() => runtimeDirectory()).toThrow(unusable);
    mkdirSync(join(harness.directory, "target"));
    symlinkSync(join(harness.directory, "target"), use("link"));
    expect(() => runtimeDirectory()).toThrow(unusable);
  });
});

describe("socket paths", () => {
  it("are fresh each time, and say whose they are", () => {
    vi.stubEnv("TROUPE_RUNTIME_DIR", harness.runtimeDir);
    const { pid, startTime } = processIdentity();
    const paths = [ownedSocketPath("link"), ownedSocketPath("link")];
    expect(new Set(paths).size).toBe(2);
    for (const path of paths) expect(path).toContain(join(harness.runtimeDir, `link.${pid}.${startTime}.`));
  });

  it("that no socket can have are refused, with what to do", () => {
    vi.stubEnv("TROUPE_RUNTIME_DIR", join(harness.directory, "d".repeat(90)));
    expect(() => ownedSocketPath("link")).toThrow(
      expect.objectContaining({
        code: "ERR_CONFIG",
        message: expect.stringContaining("is longer than 107 bytes; set TROUPE_RUNTIME_DIR to a shorter directory.") as string, // prettier-ignore
      }) as Error,
    );
  });

  it("of dead processes are swept away; those of living and paused ones, and other files, stay", async () => {
    const living = await owner();
    const paused = await owner();
    const dead = await owner();
    await paused.child.freeze();
    await dead.child.kill();
    const directory = harness.runtimeDir;
    writeFileSync(join(directory, "notes.txt"), "");
    // A socket of an earlier process that had the pid of a living one.
    const { pid, startTime } = living.identity;
    writeFileSync(join(directory, `owner.${pid}.${startTime - 1}.0.sock`), "");
    expect(existsSync(dead.identity.path)).toBe(true);

    expect(sweepRuntimeDirectory(directory)).toBe(2);
    expect(readdirSync(directory).map((name) => join(directory, name)).sort()).toEqual(
      [living.identity.path, paused.identity.path, join(directory, "notes.txt")].sort(),
    ); // prettier-ignore
    expect(sweepRuntimeDirectory(directory)).toBe(0);

    await living.child.kill();
    await paused.child.kill();
    await waitUntil(() => sweepRuntimeDirectory(directory) === 2, { what: "both sockets to be swept" });
    rmSync(join(directory, "notes.txt"));
  });
});

describe("removing a socket", () => {
  it("leaves the imports that follow as they are", async () => {
    await using harness = await Harness.start();
    const importing = harness.spawn(new URL("programs/import-after-socket.mjs", import.meta.url));
    expect(await importing.exited).toEqual({ code: 0, signal: null });
    expect(importing.lines).toEqual(["the same module"]);
  });
});
