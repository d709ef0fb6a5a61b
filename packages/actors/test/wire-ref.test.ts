import { readFile } from "node:fs/promises";
import { inspect } from "node:util";

import type { ActorRecord } from "@troupe/cluster";
import { decode, encode } from "@troupe/core";
import { describe, expect, it } from "vitest";

import { actorOf } from "../src/index.js";
import { Handle } from "../src/remote/handle.js";
import { makeRemote } from "../src/remote/remote.js";
import { registerReferences } from "../src/remote/wire-ref.js";

registerReferences();

const record: ActorRecord = {
  id: 7,
  path: "counter-0",
  name: "tally",
  class: "Counter",
  pool: "pool-1",
  host: "host-0",
  pid: 4242,
  incarnation: 0,
};

/** A reference as a process without a cluster has it. */
function reference(isCallable = false, tunnel?: string): object {
  return makeRemote(new Handle(undefined, record, isCallable, undefined, tunnel));
}

describe("a reference on the wire", () => {
  it("has the bytes that the protocol's page shows", async () => {
    const page = await readFile(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
    const [, shown = ""] = /```\n(c7[^]*?)```\n\n[^\n]*`tally`/.exec(page) ?? [];
    const hex = shown.replaceAll(/(?<=\S) {2,}.*$/gm, "").replaceAll(/\s/g, "");
    expect(encode(reference()).toString("hex")).toBe(hex);
  });

  it.each([false, true])("tells all of its actor, which may be a function: %j", (isCallable) => {
    const read = decode(encode({ held: reference(isCallable) })) as { readonly held: object };
    expect(actorOf(read.held)).toEqual(record);
    expect(typeof read.held).toBe(isCallable ? "function" : "object");
  });

  it("tells which tunnel of its actor it is", () => {
    const read = decode(encode(reference(false, "fast"))) as object;
    expect(actorOf(read)).toEqual(record);
    expect(inspect(read)).toBe('Remote<Counter>(counter-0, tunnel "fast")');
    for (const bad of ["", "x".repeat(129)])
      expect(() => decode(encode(reference(false, bad)))).toThrow(
        expect.objectContaining({ code: "ERR_PROTOCOL" }),
      );
  });

  it("is refused when its fields are not what they must be", () => {
    const bytes = encode(reference()).toString("hex");
    const pidAsText = bytes.replace("cd1092", "a23432");
    expect(() => decode(Buffer.from(pidAsText, "hex"))).toThrow(
      expect.objectContaining({ code: "ERR_PROTOCOL" }),
    );
  });
});
