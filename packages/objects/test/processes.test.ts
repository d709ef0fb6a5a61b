import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { Segment } from "@troupe/shm";
import { closing, Harness, type HarnessProcess, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { HostStore, ObjectReader, type StoredAt } from "../src/index.js";
import { page, program, put, segmentsOf } from "./support/fixtures.js";

noLeftovers();
const keep = closing();

const newStore = () => keep(new HostStore({ capacity: 64 * page, segmentBytes: 64 * page, spill: false }));

/** A process with a reader, which is what the store calls it. */
async function reader(harness: Harness): Promise<HarnessProcess> {
  const child = harness.spawn(program("reader.mjs"), { execArgv: ["--expose-gc"] });
  await child.line("ready");
  return child;
}

/** Has the process open an object, and gives the values that its bytes have there. */
async function openIn(child: HarnessProcess, store: HostStore, key: number): Promise<string> {
  const at = await store.pin(key, child.name);
  await child.send(`open ${key} ${JSON.stringify(at)}`);
  const [, values] = await child.line(new RegExp(`^object ${key} has (.*)$`));
  return values!;
}

describe("a reader in another process", () => {
  it("writes to its own view only: no other process, and no later view, shows it", async () => {
    await using harness = await Harness.start();
    await using first = await reader(harness);
    await using second = await reader(harness);
    const store = newStore();
    const key = put(store, 3 * page, 5);
    expect(await openIn(first, store, key)).toBe("5");
    await first.send(`write ${key}`);
    await first.line("wrote");
    expect(await openIn(second, store, key)).toBe("5");
    expect(await openIn(first, store, key)).toBe("5");
    await first.send(`write ${key}`);
    await first.send(`release ${key}`);
    await first.line(`dropped ${key}`);
    expect(await openIn(first, store, key)).toBe("5");
  });

  it("shows the new object where it wrote to the one before", async () => {
    await using harness = await Harness.start();
    await using child = await reader(harness);
    const store = newStore();
    const old = put(store, 3 * page, 5);
    await openIn(child, store, old);
    await child.send(`write ${old}`);
    await child.send(`release ${old}`);
    await child.line(`dropped ${old}`);
    const at = store.pin(old, "test");
    store.processEnded("test");
    store.unpin(old, child.name);
    store.delete(old);
    const next = put(store, 3 * page, 6);
    expect(store.pin(next, "test")).toEqual(at);
    expect(await openIn(child, store, next)).toBe("6");
  });

  it("drops an object when the last view of it was collected", async () => {
    await using harness = await Harness.start();
    await using child = await reader(harness);
    const store = newStore();
    const key = put(store, page, 5);
    await openIn(child, store, key);
    await child.send(`forget ${key}`);
    await child.line(`dropped ${key}`);
    await child.send("end");
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it("does not keep memory that the store gave up, once nothing of it is open", async () => {
    await using harness = await Harness.start();
    await using child = await reader(harness);
    const store = newStore();
    const made = keep(Segment.create("made", 3 * page));
    const [key, other] = [store.adopt("owner", made.name), put(store, page, 5)];
    for (const one of [key, other]) await openIn(child, store, one);
    await child.send(`release ${key}`);
    await child.line(`dropped ${key}`);
    await child.send(`forget ${other}`);
    await child.line(`dropped ${other}`);
    store.delete(key);
    store.processEnded(child.name);
    store.close();
    await child.send("unmap");
    await child.line("unmapped");
  });

  it("that is killed leaves its pins, which go when the store is told", async () => {
    await using harness = await Harness.start();
    await using killed = await reader(harness);
    await using living = harness.spawn(program("reader.mjs"), { name: "living" });
    const store = newStore();
    const keys = [1, 2, 3].map((value) => put(store, page, value));
    for (const key of keys) await openIn(killed, store, key);
    expect(await openIn(living, store, keys[0]!)).toBe("1");
    await killed.kill();
    for (const key of keys) store.delete(key);
    expect(store.stats()).toMatchObject({ objects: 3, pinned: 3 * page });
    store.processEnded(killed.name);
    expect(store.stats()).toMatchObject({ objects: 1, pinned: page });
  });
});

describe("a process with a store", () => {
  const start = async (harness: Harness, disk?: string) => {
    const child = harness.spawn(program("store.mjs"), {
      args: disk === undefined ? [] : [disk],
      env: { TMPDIR: harness.directory },
    });
    const [, spilled] = await child.line(/^spilled (\d+)$/);
    expect(Number(spilled)).toBeGreaterThan(0);
    const [, at] = await child.line(/^at (.*)$/);
    return { child, at: JSON.parse(at!) as StoredAt };
  };

  it("leaves nothing when it ends without closing it", async () => {
    await using harness = await Harness.start();
    const { child } = await start(harness);
    const parent = join(harness.directory, `troupe-${process.getuid!()}`);
    expect(readdirSync(parent)).toHaveLength(1);
    await child.send("end");
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(readdirSync(parent)).toEqual([]);
    expect(segmentsOf(child.pid)).toEqual([]);
  });

  it("that is killed is cleaned up after by the next, and what is open elsewhere stays", async () => {
    await using harness = await Harness.start();
    const disk = join(harness.directory, "disk");
    const { child: killed, at } = await start(harness, disk);
    const { child: living } = await start(harness, disk);
    const here = keep(new ObjectReader());
    const view = new Uint8Array(here.open(at, () => {}));
    const folders = readdirSync(disk);
    expect(folders).toHaveLength(2);
    await killed.kill();
    expect(segmentsOf(killed.pid).length).toBeGreaterThan(0);

    const { child: next } = await start(harness, disk);
    expect(segmentsOf(killed.pid)).toEqual([]);
    expect(segmentsOf(living.pid).length).toBeGreaterThan(0);
    const gone = folders.filter((folder) => !existsSync(join(disk, folder)));
    expect(gone).toEqual([expect.stringContaining(`.${killed.pid}.`)]);
    expect(view.every((byte) => byte === 39)).toBe(true);
    for (const child of [living, next]) {
      await child.send("end");
      await child.exited;
    }
    expect(readdirSync(disk)).toEqual([]);
  });
});

describe("memory that another process filled", () => {
  const make = async (harness: Harness) => {
    const child = harness.spawn(program("maker.mjs"));
    const [, name] = await child.line(/^made (.*)$/);
    return { child, name: name! };
  };

  it("becomes an object without a copy, which its maker does not change", async () => {
    await using harness = await Harness.start();
    const { child, name } = await make(harness);
    await using maker = child;
    await using other = await reader(harness);
    const store = newStore();
    const key = store.adopt(maker.name, name);
    expect(store.byteLength(key)).toBe(100_000);
    expect(store.stats()).toMatchObject({ objects: 1, memory: 100_000, pinned: 0 });
    await maker.send("write");
    await maker.line("wrote");
    expect(await openIn(other, store, key)).toBe("7");
    expect(segmentsOf(maker.pid)).toEqual([]);
    store.processEnded(maker.name);
    store.processEnded(other.name);
    expect(store.stats()).toMatchObject({ objects: 0, memory: 0, reserved: 0 });
    expect(segmentsOf()).toEqual([]);
  });

  it("outlives its maker, and is gone when that was swept before", async () => {
    await using harness = await Harness.start();
    await using first = (await make(harness)).child;
    const { child: second, name } = await make(harness);
    await second.kill();
    const store = newStore();
    const here = keep(new ObjectReader());
    const key = store.adopt("owner", name);
    const view = new Uint8Array(here.open(await store.pin(key, "here"), () => {}));
    expect(view.every((byte) => byte === 7)).toBe(true);
    expect(() => store.adopt("owner", name)).toThrow(expect.objectContaining({ code: "ERR_OBJECT_LOST" }));
    expect(() => store.adopt("owner", "/etc/passwd")).toThrow(
      expect.objectContaining({ code: "ERR_PROTOCOL" }),
    );
    await first.stop();
  });

  it("goes to disk like any other, and stays its maker's while there is no room", async () => {
    await using harness = await Harness.start();
    const { child, name } = await make(harness);
    await using maker = child;
    const disk = join(harness.directory, "disk");
    const store = keep(new HostStore({ capacity: 50 * page, segmentBytes: 10 * page, spill: disk }));
    const pinned = put(store, 40 * page, 1);
    void store.pin(pinned, "holder");
    expect(() => store.adopt(maker.name, name)).toThrow(expect.objectContaining({ code: "ERR_STORE_FULL" }));
    expect(segmentsOf(maker.pid)).toEqual([name]);
    store.unpin(pinned, "holder");
    const key = store.adopt(maker.name, name);
    expect(store.stats()).toMatchObject({ spills: 1, memory: 100_000 });
    await store.pin(pinned, "holder");
    expect(store.stats()).toMatchObject({ spills: 2, restores: 1, memory: 40 * page });
    store.unpin(pinned, "holder");
    const here = keep(new ObjectReader());
    const view = new Uint8Array(here.open(await store.pin(key, "here"), () => {}));
    expect(view.byteLength).toBe(100_000);
    expect(view.every((byte) => byte === 7)).toBe(true);
  });
});
