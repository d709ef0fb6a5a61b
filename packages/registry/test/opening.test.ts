import { type Logger, processIdentity } from "@troupe/core";
import { Harness } from "@troupe/testkit";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { defaultRegistryUrl, openRegistry, serveRegistry } from "../src/index.js";

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.start();
  vi.stubEnv("TROUPE_RUNTIME_DIR", harness.runtimeDirectory);
  vi.stubEnv("TROUPE_REGISTRY", undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await harness.close();
});

describe("the address", () => {
  it("is by default the socket of this user, or what TROUPE_REGISTRY says", async () => {
    const socket = `ipc://${harness.runtimeDirectory}/registry.sock`;
    expect(defaultRegistryUrl()).toBe(socket);
    for (const opening of [openRegistry(), openRegistry("ipc://")]) {
      await using registry = await opening;
      expect(registry.url).toBe(socket);
    }
    vi.stubEnv("TROUPE_REGISTRY", "memory:elsewhere");
    expect(defaultRegistryUrl()).toBe("memory:elsewhere");
    await using registry = await openRegistry();
    expect(registry.url).toBe("memory:elsewhere");
  });

  it("of an unknown scheme is refused with the known ones", async () => {
    for (const url of ["etcd://host:1", "registry", "", "/run/registry.sock"]) {
      await expect(openRegistry(url)).rejects.toMatchObject({
        code: "ERR_REGISTRY",
        retryable: false,
        message: expect.stringMatching(/memory:.*ipc:.*tcp:.*redis:.*rediss:/) as string,
      });
    }
  });

  it("that is malformed is refused with the right form", async () => {
    for (const url of [
      "tcp://host",
      "tcp://",
      "tcp:7000",
      "ipc:registry.sock",
      "redis://:x:y",
      "tcp://host:0",
    ]) {
      await expect(openRegistry(url)).rejects.toMatchObject({ code: "ERR_CONFIG" });
    }
    await expect(openRegistry(`ipc:///tmp/${"x".repeat(100)}`)).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("shorter path") as string,
    });
  });

  it("separates registries in memory by name", async () => {
    await using one = await openRegistry("memory:one");
    await using same = await openRegistry("memory:one");
    await using other = await openRegistry("memory:other");
    await one.set("key", "of one");
    expect((await same.get("key"))?.value).toBe("of one");
    expect(await other.get("key")).toBeUndefined();
  });
});

describe("a registry that nobody can reach", () => {
  it("for want of a directory that can never be is given up in time", async () => {
    const opening = openRegistry("ipc:///proc/none/registry", { timeout: 150, logger: silent });
    await expect(opening).rejects.toMatchObject({ code: "ERR_REGISTRY" });
  });

  it("for it has no address at all is said at once", async () => {
    await expect(openRegistry(5 as unknown as string)).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });

  it("is given up after the timeout, with where it was looked for and for how long", async () => {
    // A TEST-NET address: of no machine, so that nobody serves there and nobody can begin to.
    const opening = openRegistry("tcp://192.0.2.1:7000", { timeout: 150 });
    await expect(opening).rejects.toMatchObject({
      code: "ERR_REGISTRY",
      retryable: true,
      message: expect.stringMatching(/tcp:\/\/192\.0\.2\.1:7000 .*within 150 ms/) as string,
    });
  });

  it("is given up at once by the signal", async () => {
    const opening = openRegistry("tcp://192.0.2.1:7000", { signal: AbortSignal.timeout(30) });
    await expect(opening).rejects.toMatchObject({ code: "ERR_CANCELLED" });
  });

  it("is given up when Redis does not answer, and the password stays untold", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as { port: number };
    probe.close();
    await once(probe, "close");
    const error: unknown = await openRegistry(`redis://user:secret@127.0.0.1:${port}`, {
      timeout: 150,
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "ERR_REGISTRY",
      message: expect.stringMatching(/user:\*\*\*@127\.0\.0\.1.*150 ms.*ECONNREFUSED/) as string,
    });
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  it("in Redis says what to install where ioredis is missing", async () => {
    const program = harness.spawn(new URL("programs/without-ioredis.mjs", import.meta.url));
    const [line] = await program.line(/^ERR_.*/);
    expect(line).toMatch(/^ERR_CONFIG .*npm install ioredis/);
    expect(await program.exited).toMatchObject({ code: 0 });
  });

  it("is told from one that something else answers for", async () => {
    const web = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(
      0,
      "127.0.0.1",
    );
    await once(web, "listening");
    const { port } = web.address() as { port: number };
    const opening = openRegistry(`tcp://127.0.0.1:${port}`, { logger: silent });
    await expect(opening).rejects.toMatchObject({
      code: "ERR_PROTOCOL",
    });
    web.close();
    await once(web, "close");
  });

  it("cannot be where something else than a socket is, and that is left alone", async () => {
    const path = join(harness.directory, "notes.txt");
    await writeFile(path, "precious");
    for (const opening of [openRegistry(`ipc://${path}`), serveRegistry({ listen: `ipc://${path}` })]) {
      await expect(opening).rejects.toMatchObject({ code: "ERR_REGISTRY", retryable: false });
    }
    expect(await readFile(path, "utf8")).toBe("precious");
  });

  it("cannot be below something that is no directory", async () => {
    const file = join(harness.directory, "file");
    await writeFile(file, "");
    await expect(openRegistry(`ipc://${file}/registry.sock`)).rejects.toMatchObject({
      code: "ERR_REGISTRY",
      cause: { code: "ENOTDIR" },
    });
  });
});

describe("a registry at a socket", () => {
  it("is of this user alone, in a directory that is made for it", async () => {
    const path = join(harness.directory, "made", "registry.sock");
    await using registry = await openRegistry(`ipc://${path}`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(harness.directory, "made"))).mode & 0o777).toBe(0o700);
    await registry.set("key", 1);
  });

  it("leaves nothing beside it when it closes", async () => {
    const directory = join(harness.directory, "clean");
    await mkdir(directory);
    const [one, two] = [
      await openRegistry(`ipc://${directory}/registry.sock`),
      await openRegistry(`ipc://${directory}/registry.sock`),
    ];
    expect(await readdir(directory)).toContain("registry.sock");
    await one.close();
    await two.set("key", 1);
    await two.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it("is found by a process that has it in common with its own", async () => {
    await using here = await openRegistry();
    const there = harness.spawn(new URL("programs/client.mjs", import.meta.url));
    await there.line(`open ${here.url}`);
    await here.set("key", { pid: processIdentity().pid });
    await there.send('[0,"get","key"]');
    expect((await there.line(/answer 0 (.*)/))[1]).toContain(`"pid":${process.pid}`);
    await there.send('[1,"close"]');
    await there.exited;
  });
});
