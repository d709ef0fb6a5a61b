import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { numbered, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

describe("a safe area", () => {
  it("has the next rows in the order of writing, each once for a reader", () => {
    const replay = keep(numbered({ capacity: 10 }));
    const [one, other] = [replay.reader(), replay.reader()];
    writeNumbers(replay, 0, 7);
    expect([...one.acquire(3)!.columns.value]).toEqual([0, 1, 2]);
    expect([...one.acquire(3)!.columns.value]).toEqual([3, 4, 5]);
    expect(one.acquire(3)).toBeUndefined();
    expect([...other.acquire(7)!.columns.value]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("shows the shared memory itself, and stays as it is until it is released", () => {
    const replay = keep(numbered({ capacity: 8 }));
    const reader = replay.reader();
    writeNumbers(replay, 0, 4);
    const area = reader.acquire(4)!;
    expect(area).toMatchObject({ size: 4, isCopy: false });
    writeNumbers(replay, 4, 30); // several rounds, all past the area
    expect([...area.columns.value]).toEqual([0, 1, 2, 3]);
    expect(replay.stats()).toMatchObject({
      areas: 1,
      size: 8,
      heads: [{ skipped: expect.any(Number) }, { held: 4 }],
    });
    expect(replay.stats().skipped).toBeGreaterThanOrEqual(20);
    area.release();
    area.release();
    writeNumbers(replay, 30, 38);
    expect(replay.stats()).toMatchObject({ areas: 0 });
    expect([...area.columns.value].every((value) => value >= 30)).toBe(true);
  });

  it("leaves out rows that were overwritten before the reader came to them", () => {
    const replay = keep(numbered({ capacity: 4 }));
    const reader = replay.reader();
    writeNumbers(replay, 0, 2);
    using first = reader.acquire(2)!;
    first.release();
    writeNumbers(replay, 2, 11);
    expect([...reader.acquire(4)!.columns.value]).toEqual([7, 8, 9, 10]);
  });

  it("is a copy where rows do not stand beside each other, and holds nothing", () => {
    const replay = keep(numbered({ capacity: 4 }));
    const reader = replay.reader();
    writeNumbers(replay, 0, 6);
    const area = reader.acquire(4)!;
    expect(area.isCopy).toBe(true);
    expect([...area.columns.value]).toEqual([2, 3, 4, 5]);
    expect(replay.stats().areas).toBe(0);
  });

  it("never gives a reader rows again that writers passed over", () => {
    const replay = keep(numbered({ capacity: 6 }));
    const [holder, reader] = [replay.reader(), replay.reader()];
    writeNumbers(replay, 0, 6);
    expect(reader.acquire(6)!.size).toBe(6);
    reader.close();
    const late = replay.reader();
    holder.acquire(2); // rows 0 and 1 stay
    expect([...late.acquire(6)!.columns.value]).toEqual([0, 1, 2, 3, 4, 5]);
    late.close();
    const last = replay.reader();
    expect(last.acquire(2)!.size).toBe(2);
    writeNumbers(replay, 6, 10);
    expect([...last.acquire(4)!.columns.value]).toEqual([6, 7, 8, 9]);
    expect(last.acquire(1)).toBeUndefined();
  });

  it("makes a writer wait, skip or drop, as it was told to, and counts it", async () => {
    const replay = keep(numbered({ capacity: 4 }));
    const reader = replay.reader();
    const [waits, drops] = [replay.writer({ onSafeArea: "wait" }), replay.writer({ onSafeArea: "drop" })];
    writeNumbers(replay, 0, 4);
    const area = reader.acquire(4)!;
    expect(waits.write({ value: 4 })).toBe(false);
    expect(drops.write({ value: 4 })).toBe(false);
    await expect(drops.insert({ value: 4 })).resolves.toBe(false);
    expect(replay.write({ value: 4 })).toBe(false); // nothing is left to skip to
    expect(replay.stats()).toMatchObject({ inserted: 4, dropped: 2, size: 4 });
    expect(replay.stats().heads.find(({ head }) => head === waits.head)).toMatchObject({
      waited: 1,
      dropped: 0,
    });
    const inserted = waits.insert({ value: 5 });
    expect([...area.columns.value]).toEqual([0, 1, 2, 3]);
    area.release();
    await expect(inserted).resolves.toBe(true);
    expect(drops.write({ value: 6 })).toBe(true);
  });

  it("is not waited for by the thread that holds it", () => {
    const replay = keep(numbered({ capacity: 4 }));
    writeNumbers(replay, 0, 4);
    const area = replay.reader().acquire(4)!;
    const deadlock = expect.objectContaining({ code: "ERR_DEADLOCK" });
    expect(() => replay.writer({ wait: 10_000, onSafeArea: "wait" }).write({ value: 4 })).toThrow(deadlock);
    expect(() => replay.writer({ wait: 10_000 }).write({ value: 4 })).toThrow(deadlock);
    area.release();
  });

  it("goes with the reader that holds it, and there are 32 at most", () => {
    const replay = keep(numbered({ capacity: 40 }));
    const reader = replay.reader();
    writeNumbers(replay, 0, 40);
    for (let i = 0; i < 32; i++) expect(reader.acquire(1)).toBeDefined();
    expect(() => reader.acquire(1)).toThrow(expect.objectContaining({ code: "ERR_NO_RESOURCES" }));
    reader.close();
    expect(replay.stats().areas).toBe(0);
  });
});
