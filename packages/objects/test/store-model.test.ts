import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isTroupeError } from "@troupe/core";
import { noLeftovers } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { HostStore, ObjectReader } from "../src/index.js";
import { page, segmentsOf } from "./support/fixtures.js";

noLeftovers();

const capacity = 12 * page;
const spillCapacity = 40 * page;
const holders = ["a", "b", "c"] as const;
const which = fc.nat();
const holder = fc.constantFrom(...holders);
const bytes = fc.oneof({ weight: 4, arbitrary: fc.nat(3 * page) }, fc.nat(13 * page));
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("put" as const), bytes, holder }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("create" as const), bytes, holder }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("seal" as const), which }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("pin" as const), which, holder }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("unpin" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("scribble" as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("delete" as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), holder }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("trim" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface ModelObject {
  readonly owner: string;
  readonly bytes: number;
  readonly mark: number;
  isSealed: boolean;
  isDeleted: boolean;
}

interface Pin {
  readonly key: number;
  readonly holder: string;
  readonly view: Uint8Array<ArrayBuffer>;
  isScribbled: boolean;
}

const room = (bytes: number) => Math.max(1, Math.ceil(bytes / page)) * page;
const isAll = (view: Uint8Array, mark: number) => Buffer.alloc(view.byteLength, mark).equals(view);

/** A store beside a plain map of what should be in it. */
class Run {
  readonly store: HostStore;
  readonly #reader = new ObjectReader();
  readonly #objects = new Map<number, ModelObject>();
  #pins: Pin[] = [];

  constructor(disk: string) {
    this.store = new HostStore({ capacity, segmentBytes: 4 * page, spill: disk, spillCapacity });
  }

  async take(one: Step): Promise<void> {
    if (one.do === "put" || one.do === "create") return this.#create(one.bytes, one.holder, one.do === "put");
    if (one.do === "end") return this.#end(one.holder);
    if (one.do === "trim") return this.store.trim();
    if (one.do === "unpin" || one.do === "scribble") {
      const pin = this.#pins[one.which % this.#pins.length];
      if (pin === undefined) return;
      if (one.do === "unpin") return this.#unpin(pin);
      pin.view.fill(255);
      pin.isScribbled = true;
      return;
    }
    const keys = [...this.#objects.keys()];
    const key = keys[one.which % keys.length];
    if (key === undefined) return;
    if (one.do === "pin") return this.#pin(key, one.holder);
    const object = this.#objects.get(key)!;
    if (one.do === "seal") {
      if (object.isDeleted) return expect(() => this.store.seal(key)).toThrow(/no object/);
      object.isSealed = true;
      return this.store.seal(key);
    }
    object.isDeleted = true;
    this.store.delete(key);
  }

  check(): void {
    this.#forget();
    const held = [...this.#objects].filter(
      ([key, { isSealed, isDeleted }]) => (!isSealed && !isDeleted) || this.#isPinned(key),
    );
    const stats = this.store.stats();
    expect(stats.objects).toBe(this.#objects.size);
    expect(stats.pinned).toBe(held.reduce((sum, [, { bytes }]) => sum + room(bytes), 0));
    expect(stats.memory).toBeLessThanOrEqual(stats.reserved);
    expect(stats.reserved).toBeLessThanOrEqual(capacity);
    for (const pin of this.#pins) {
      if (!pin.isScribbled) expect(isAll(pin.view, this.#objects.get(pin.key)!.mark)).toBe(true);
    }
  }

  close(): void {
    this.store.close();
    for (const { key, view, isScribbled } of this.#pins) {
      if (!isScribbled) expect(isAll(view, this.#objects.get(key)!.mark)).toBe(true);
      this.#reader.release(view.buffer);
    }
    this.#reader.close();
  }

  #create(bytes: number, owner: string, isSealed: boolean): void {
    try {
      const created = this.store.create(owner, bytes);
      const mark = created.key % 251;
      created.bytes.fill(mark);
      this.#objects.set(created.key, { owner, bytes, mark, isSealed, isDeleted: false });
      if (isSealed) this.store.seal(created.key);
    } catch (error) {
      if (!isTroupeError(error, "ERR_STORE_FULL")) throw error;
      // With all at rest there is room for anything that the store can hold at all.
      const { pinned, memory, spilled } = this.store.stats();
      expect(room(bytes) > capacity || pinned > 0 || spilled + memory + room(bytes) > spillCapacity).toBe(
        true,
      );
    }
  }

  async #pin(key: number, holder: string): Promise<void> {
    const object = this.#objects.get(key)!;
    if (object.isDeleted || !object.isSealed) return expect(() => this.store.pin(key, holder)).toThrow();
    try {
      const at = await this.store.pin(key, holder);
      expect(at.byteLength).toBe(object.bytes);
      const view = new Uint8Array(this.#reader.open(at, () => this.store.unpin(key, holder)));
      // Opening it shows its own bytes here, whatever was written to other views.
      for (const pin of this.#pins) if (pin.key === key) pin.isScribbled = false;
      this.#pins.push({ key, holder, view, isScribbled: false });
    } catch (error) {
      if (!isTroupeError(error, "ERR_STORE_FULL")) throw error;
    }
  }

  /** Written to one view, it may show in the others of the object here. */
  #unpin(pin: Pin): void {
    this.#pins = this.#pins.filter((one) => one !== pin);
    this.#reader.release(pin.view.buffer);
  }

  #end(holder: string): void {
    for (const pin of this.#pins.filter((one) => one.holder === holder)) this.#unpin(pin);
    this.store.processEnded(holder);
    for (const object of this.#objects.values()) if (object.owner === holder) object.isDeleted = true;
  }

  #isPinned(key: number): boolean {
    return this.#pins.some((pin) => pin.key === key);
  }

  #forget(): void {
    for (const [key, { isDeleted }] of this.#objects) {
      if (isDeleted && !this.#isPinned(key)) this.#objects.delete(key);
    }
    for (const pin of this.#pins) {
      const isSpoiled = this.#pins.some(({ key, isScribbled }) => key === pin.key && isScribbled);
      if (isSpoiled) pin.isScribbled = true;
    }
  }
}

describe("whatever is made, pinned, moved to disk and deleted", () => {
  it("pinned objects have their bytes at each step, and nothing is left at the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: "max" }), async (steps) => {
        const disk = mkdtempSync(join(tmpdir(), "troupe-disk-"));
        const run = new Run(disk);
        try {
          for (const one of steps) {
            await run.take(one);
            run.check();
          }
        } finally {
          run.close();
          expect(readdirSync(disk)).toEqual([]);
          rmSync(disk, { recursive: true });
        }
        expect(segmentsOf()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
