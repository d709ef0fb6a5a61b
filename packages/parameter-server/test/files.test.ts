import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Tensors } from "@troupe/core";
import { ParameterServer } from "@troupe/parameter-server";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

import { loadFile } from "../src/file/load.js";
import { tensors } from "./programs/actors.mjs";
import { clean, failureOf, large, startSystem } from "./support/start.js";

clean();

const folder = mkdtempSync(join(tmpdir(), "parameters-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${files++}.safetensors`);

/** One tensor of each type. */
const everyType: Tensors = {
  f32: { data: Float32Array.of(0.5, -0, Infinity), shape: [3] },
  f64: { data: Float64Array.of(Math.PI), shape: [] },
  i8: { data: Int8Array.of(-1, 2, 3), shape: [3, 1] },
  i16: { data: Int16Array.of(-300), shape: [1] },
  i32: { data: Int32Array.of(-70_000), shape: [1, 1] },
  i64: { data: BigInt64Array.of(-5n), shape: [1] },
  u8: { data: Uint8Array.of(255), shape: [1] },
  u16: { data: Uint16Array.of(65_535), shape: [1] },
  u32: { data: Uint32Array.of(4_000_000_000), shape: [1] },
  u64: { data: BigUint64Array.of(2n ** 63n), shape: [1] },
  none: { data: new Float32Array(0), shape: [0, 4] },
};

/** A file of the format: its header, as it is to stand there, and its bytes. */
function fileOf(header: unknown, bytes = Buffer.alloc(0), claimed?: number): Buffer {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed ?? text.length));
  return Buffer.concat([length, text, bytes]);
}

describe("a file", () => {
  it("has all tags, and brings them back with their tensors and infos, as new versions", async () => {
    await using _ = await startSystem();
    const path = newPath();
    {
      await using server = await ParameterServer.create({ shards: 2 });
      await server.push("policy", tensors(1, large));
      await server.push("policy", tensors(2, large), { info: { loss: 0.5 } });
      await server.push("a/b c", everyType, { info: [1, null] });
      expect(await server.save(path)).toMatchObject([
        { tag: "policy", version: 2 },
        { tag: "a/b c", version: 1 },
      ]);
    }
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(9, large));
    expect(await server.load(path)).toEqual({ policy: 2, "a/b c": 1 });
    using policy = await server.pull("policy");
    expect(policy).toMatchObject({ version: 2, info: { loss: 0.5 } });
    expect(policy.tensors).toEqual(tensors(2, large));
    using other = await server.pull("a/b c");
    expect(other.info).toEqual([1, null]);
    expect(other.tensors).toEqual(everyType);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("of one tag has its tensors by their own names, and is loaded as any", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    await server.push("other", tensors(2));
    const path = newPath();
    await server.save(path, { tag: "policy" });
    const bytes = readFileSync(path);
    const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString()) as object;
    expect(Object.keys(header)).toEqual(["__metadata__", "kernel", "bias"]);
    expect(header).toMatchObject({ kernel: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] } });
    expect(await server.load(path)).toEqual({ policy: 2 });
    expect(await server.load(path, { tag: "target" })).toEqual({ target: 1 });
    expect((await server.pull("target")).tensors).toEqual(tensors(1));
    // It replaces what is there as a whole.
    await server.save(path, { tag: "other" });
    expect(await server.load(path, { tag: "target" })).toEqual({ target: 2 });
    expect((await server.pull("target")).tensors).toEqual(tensors(2));
  });

  it("that others wrote is loaded as the tag that is said, and only as that", async () => {
    const path = newPath();
    const header = { x: { dtype: "F32", shape: [2], data_offsets: [0, 8] } };
    writeFileSync(path, fileOf(header, Buffer.from(Float32Array.of(1, 2).buffer)));
    expect(await loadFile(path, "policy")).toEqual([
      { tag: "policy", info: undefined, tensors: { x: { data: Float32Array.of(1, 2), shape: [2] } } },
    ]);
    expect(await failureOf(loadFile(path, undefined))).toMatchObject({ code: "ERR_CONFIG" });
  });

  it("of several tags is not loaded as one, nor where other tensors are, nor what is no file", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("a", tensors(1));
    await server.push("b", tensors(1));
    const path = newPath();
    await server.save(path);
    expect(await failureOf(server.load(path, { tag: "a" }))).toMatchObject({ code: "ERR_CONFIG" });
    await server.delete("a");
    await server.push("a", tensors(1, 8));
    expect(await failureOf(server.load(path))).toMatchObject({ code: "ERR_SCHEMA" });
    expect(await failureOf(server.load(join(folder, "none")))).toMatchObject({ code: "ERR_CONFIG" });
    expect(await failureOf(server.save(join(folder, "none", "none")))).toMatchObject({ code: "ERR_CONFIG" });
    expect(await failureOf(server.save(path, { tag: "c" }))).toMatchObject({ code: "ERR_CONFIG" });
  });

  it("that was cut short anywhere, or goes on, is ERR_SCHEMA and says so", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", everyType);
    const path = newPath();
    await server.save(path);
    const whole = readFileSync(path);
    for (let size = 0; size < whole.length; size++) {
      truncateSync(path, 0);
      writeFileSync(path, whole.subarray(0, size));
      const failure = await failureOf(loadFile(path, undefined));
      expect(failure).toMatchObject({ code: "ERR_SCHEMA", details: { path } });
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(1)]));
    const failure = await failureOf(server.load(path));
    expect(failure).toMatchObject({ code: "ERR_SCHEMA" });
    expect((failure as Error).message).toContain(`and it has ${whole.length + 1}`);
    expect(await server.list()).toMatchObject([{ tag: "policy", version: 1 }]);
  });

  const x = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  it.each([
    ["a head that is no JSON", fileOf("{"), "no JSON object"],
    ["a head that is a list", fileOf([]), "no JSON object"],
    ["a head of no sane length", fileOf("{}", undefined, 2 ** 52), "does not begin as one"],
    ["a type that there is not", fileOf({ x: { ...x, dtype: "BF16" } }, Buffer.alloc(8)), "of type BF16"],
    [
      "a type of all objects",
      fileOf({ x: { ...x, dtype: "toString" } }, Buffer.alloc(8)),
      "of type toString",
    ],
    [
      "a shape of other length",
      fileOf({ x: { ...x, shape: [3] } }, Buffer.alloc(8)),
      "takes 12 bytes, and has 8",
    ],
    ["a negative shape", fileOf({ x: { ...x, shape: [-2] } }, Buffer.alloc(8)), 'what "x" is'],
    [
      "a gap",
      fileOf({ x: { ...x, data_offsets: [8, 16] } }, Buffer.alloc(16)),
      "where the tensor before it ends",
    ],
    ["one over the other", fileOf({ x, y: x }, Buffer.alloc(8)), "where the tensor before it ends"],
    ["tags that are none", fileOf({ __metadata__: { troupe: "{" }, x }, Buffer.alloc(8)), "its tags"],
  ])("with %s is ERR_SCHEMA", async (_, bytes, text) => {
    const path = newPath();
    writeFileSync(path, bytes);
    const failure = await failureOf(loadFile(path, "policy"));
    expect(failure).toMatchObject({ code: "ERR_SCHEMA", details: { path } });
    expect((failure as Error).message).toContain(text);
  });

  it("of any bytes is loaded or refused, with a code", async () => {
    const path = newPath();
    const entry = fc.record({
      dtype: fc.constantFrom("F32", "U8", "I64", "F16"),
      shape: fc.array(fc.integer({ min: -1, max: 2 ** 31 }), { maxLength: 3 }),
      data_offsets: fc.tuple(fc.integer({ min: -1, max: 40 }), fc.integer({ min: -1, max: 40 })),
    });
    const header = fc.dictionary(fc.string({ maxLength: 3 }), fc.oneof(entry, fc.anything()));
    const text = fc.oneof(
      header.map((value) => JSON.stringify(value) ?? ""),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.uint8Array({ maxLength: 40 }), async (head, bytes) => {
        writeFileSync(path, fileOf(head, Buffer.from(bytes)));
        const outcome = await loadFile(path, "policy").catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "ERR_SCHEMA" });
      }),
    );
  });
});
