import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { type Cluster, dist, type Remote } from "@troupe/dist";
import { Harness, noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { distribute } from "./programs/modules/hides.mjs";
import { Broken } from "./programs/modules/breaks.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

let cluster: Cluster;
/** A project with packages in its `node_modules`. */
let project: string;
beforeAll(async () => {
  cluster = await startCluster({ pools: [{ env: { IN_POOL: "1" } }] });
  project = await mkdtemp("/tmp/troupe-project-");
  await addPackage("esm-only", {
    "package.json": JSON.stringify({ type: "module", exports: { ".": { import: "./main.js" } } }),
    "main.js": `export class Store {
      #items = [];
      async add(item) { return this.#items.push(item); }
      async peek() { await new Promise((resolve) => setTimeout(resolve, 1)); return ++this.peeks; }
      peeks = 0;
    }
    class Inner { hi() { return "inner"; } }
    export { Inner as Outer };`,
  });
  await addPackage("common", {
    "package.json": JSON.stringify({ main: "main.cjs" }),
    "main.cjs": `const make = () => ({ Tool: class Tool { name() { return "tool"; } } }); module.exports = make();`,
  });
});
afterAll(async () => {
  await cluster.close();
  await rm(project, { recursive: true });
});

async function addPackage(name: string, files: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(project, "node_modules", name);
  await mkdir(folder, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
}

/** What `dist(Class, { module })` gets as `import.meta` in a module of the project. */
function meta(): ImportMeta {
  return { url: pathToFileURL(join(project, "program.js")).href } as ImportMeta;
}

/** All that classes of these packages have. */
interface Thing {
  add(item: string): Promise<number>;
  peek(): Promise<number>;
  hi(): string;
  name(): string;
}

type Exports = Record<"Store" | "Outer" | "Tool", new () => Thing>;

async function importFrom(file: string): Promise<Exports> {
  const exported = (await import(pathToFileURL(join(project, "node_modules", file)).href)) as Exports & {
    default?: Exports;
  };
  return exported.default ?? exported;
}

describe("a third party's class", () => {
  it("is an actor by { module: its package }, and stays as it is", async () => {
    const { Store } = await importFrom("esm-only/main.js");
    const before = Object.getOwnPropertyNames(Store);
    const store = await dist(Store, meta(), { module: "esm-only" }).create();
    expect(await store.add("a")).toBe(1);
    expect(await store.add("b")).toBe(2);
    expect(Object.getOwnPropertyNames(Store)).toEqual(before);
  });

  it("has the options that dist() was given, in its pool as well", async () => {
    const { Store } = await importFrom("esm-only/main.js");
    const options = {
      module: "esm-only",
      concurrency: "unbounded",
      mailbox: { limit: 1, full: "reject" },
    } as const;
    const side = await dist(Store, meta(), options).create();
    // Side by side: with one at a time the third would find the mailbox full.
    expect(await Promise.all([side.peek(), side.peek(), side.peek()])).toEqual([1, 2, 3]);
    const single = await dist(Store, meta(), { ...options, concurrency: 1 }).create();
    const many = Array.from({ length: 20 }, () => single.peek());
    expect(await failureOf(Promise.all(many))).toMatchObject({ code: "ERR_MAILBOX_FULL" });
  });

  it("is found under whatever name its package exports it, by a CommonJS one as well", async () => {
    const { Outer } = await importFrom("esm-only/main.js");
    expect(await (await dist(Outer, meta(), { module: "esm-only" }).create()).hi()).toBe("inner");
    const { Tool } = await importFrom("common/main.cjs");
    expect(await (await dist(Tool, meta(), { module: "common" }).create()).name()).toBe("tool");
  });

  it("of a package that is not there is ERR_MODULE at once, and so is one that exports no such class", async () => {
    class Lost {}
    expect(() => dist(Lost, meta(), { module: "not-installed" })).toThrow(
      expect.objectContaining({
        code: "ERR_MODULE",
        message: expect.stringMatching(/"not-installed".*cannot be found from file:.*program\.js/),
      }),
    );
    expect(await failureOf(dist(Lost, meta(), { module: "esm-only" }).create())).toMatchObject({
      code: "ERR_MODULE",
      message: expect.stringMatching(/neither defines nor exports "Lost"/),
    });
  });

  it("cannot join a group: its pools would know of no handlers", async () => {
    const { Store } = await importFrom("esm-only/main.js");
    expect(() => dist(Store, meta(), { module: "esm-only", group: "stores" })).toThrow(
      /know nothing of the group "stores".*leave the option module out/,
    );
    expect(() => dist(Store, meta(), { module: 3 as never })).toThrow(/module is a URL or the name/);
  });
});

describe("a module", () => {
  it("is given by a path from the module that calls as well", async () => {
    class Counter {
      add!: (n: number) => number;
    }
    const There = dist(Counter, import.meta, { module: "./programs/actors.mjs" });
    expect(await (await There.create()).add(2)).toBe(2);
  });

  it("that makes actors while it is imported is ERR_MODULE, which says to put that into main()", async () => {
    // The program may; the pool that imports it because of that refuses.
    const makes = import("./programs/modules/makes.mjs") as Promise<unknown>;
    const error = await failureOf(makes);
    expect(error).toMatchObject({ code: "ERR_MODULE" });
    expect(error.message).toMatch(/makes an actor, Maker, while it is imported.*main\(async \(\) => {/);
  });

  it("that a pool cannot import is ERR_MODULE with the cause, its name and the pool's", async () => {
    const error = await failureOf(Broken.create());
    expect(error).toMatchObject({ code: "ERR_MODULE", cause: expect.any(SyntaxError) });
    expect(error.message).toMatch(/^pool-0 cannot import file:.*breaks\.mjs: There is no weather today\.$/);
  });

  it("that defines the class in the program only is ERR_MODULE", async () => {
    const Hidden: { create(): Promise<Remote<object>> } = distribute();
    const error = await failureOf(Hidden.create());
    expect(error.message).toMatch(
      /pool-0 imported file:.*hides\.mjs, which neither defines nor exports "Hidden"/,
    );
  });
});

describe("the module that the program was started with", () => {
  const entry = new URL("programs/entry.mjs", import.meta.url);

  it("has no actors without main(): ERR_ENTRY_MODULE, and what is in other modules works", async () => {
    await using harness = await Harness.start();
    const running = harness.spawn(entry);
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect(running.lines[0]).toMatch(/^ERR_ENTRY_MODULE Own is defined in the module that .*into main\(/);
    expect(running.lines[1]).toBe("from elsewhere 1");
  });

  it("is known by the folder and by the link that it was started as", async () => {
    await using harness = await Harness.start();
    await symlink(fileURLToPath(entry), join(harness.directory, "link.mjs"));
    await mkdir(join(harness.directory, "folder"));
    await symlink(fileURLToPath(entry), join(harness.directory, "folder/index.js"));
    for (const started of ["link.mjs", "folder"]) {
      const running = harness.spawn(join(harness.directory, started));
      expect(await running.exited).toEqual({ code: 0, signal: null });
      expect(running.lines[0]).toMatch(/^ERR_ENTRY_MODULE/);
    }
  });
});
