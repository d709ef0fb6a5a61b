import type { Tensors } from "@troupe/core";
import {
  adam,
  boundedStaleness,
  ParameterServer,
  type ParameterServerOptions,
  sgd,
  synchronous,
} from "@troupe/parameter-server";
import { describe, expect, it } from "vitest";

import { tensors } from "./programs/actors.mjs";
import { clean, failureOf, startSystem } from "./support/start.js";

clean();

describe("what is refused", () => {
  it.each([
    ["no tensors at all", {}, "there is no tensor"],
    ["none by name", [1, 2], "by name"],
    ["a plain array", { kernel: { data: [1, 2], shape: [2] } }, '"kernel" is to be a typed array'],
    ["no shape", { kernel: { data: new Float32Array(2) } }, 'the shape of "kernel"'],
    ["a shape of fractions", { kernel: { data: new Float32Array(2), shape: [0.5, 4] } }, "whole numbers"],
    ["a shape of other length", { kernel: { data: new Float32Array(2), shape: [3] } }, "[3], and 2 numbers"],
  ])("%s: ERR_SCHEMA", async (_, wrong, text) => {
    await using _system = await startSystem({ pools: 1 });
    await using server = await ParameterServer.create();
    const failure = await failureOf(server.push("policy", wrong as unknown as Tensors));
    expect(failure).toMatchObject({ code: "ERR_SCHEMA" });
    expect((failure as Error).message).toContain(text);
  });

  it("tensors of changed names, types and shapes, which say what was expected: ERR_SCHEMA", async () => {
    await using _ = await startSystem({ pools: 1 });
    await using server = await ParameterServer.create();
    const { kernel, bias } = tensors(1);
    await server.push("policy", { kernel: kernel!, bias: bias! });
    const problems = {
      'no "bias", which is float32[3]': { kernel: kernel! },
      '"extra", which is none of kernel, bias': { kernel: kernel!, bias: bias!, extra: bias! },
      "is to be float32[2, 2], and is float32[4]": { kernel: { ...kernel!, shape: [4] }, bias: bias! },
      "is to be float32[3], and is int32[3]": {
        kernel: kernel!,
        bias: { data: new Int32Array(3), shape: [3] },
      },
    };
    for (const [text, wrong] of Object.entries(problems)) {
      const failure = await failureOf(server.push("policy", wrong));
      expect(failure).toMatchObject({ code: "ERR_SCHEMA" });
      expect((failure as Error).message).toContain(text);
    }
    expect(await server.push("policy", tensors(2))).toBe(2);
    await server.push("other", { kernel: kernel! });
    expect(await failureOf(server.duplicate("other", "policy"))).toMatchObject({ code: "ERR_SCHEMA" });
  });

  it("a tag that nobody pushed, with what may have been meant: ERR_CONFIG", async () => {
    await using _ = await startSystem({ pools: 1 });
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    const asked = [
      () => server.pull("polcy"),
      () => server.versions("polcy"),
      () => server.duplicate("polcy", "other"),
    ];
    for (const ask of asked) {
      const failure = await failureOf(ask());
      expect(failure).toMatchObject({ code: "ERR_CONFIG", details: { tag: "polcy", tags: ["policy"] } });
      expect((failure as Error).message).toContain('did you mean "policy"');
    }
    expect(await failureOf(server.push("", tensors(1)))).toMatchObject({ code: "ERR_CONFIG" });
    expect(await failureOf(server.pull("policy", { timeout: -1 }))).toMatchObject({ code: "ERR_CONFIG" });
  });

  it.each([
    { officers: 0 },
    { officers: "all" },
    { fanout: 1.5 },
    { history: 0 },
    { shards: Infinity },
    { name: "" },
    { offcers: 1 },
    { colour: 1 },
  ])("the options %j: ERR_CONFIG", async (options) => {
    await using _ = await startSystem({ pools: 1 });
    const failure = await failureOf(ParameterServer.create(options as unknown as ParameterServerOptions));
    expect(failure).toMatchObject({ code: "ERR_CONFIG", details: { option: Object.keys(options)[0] } });
  });

  it("options that nothing reads, with what may have been meant: ERR_CONFIG", async () => {
    await using _ = await startSystem({ pools: 1 });
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    const wrong = (options: object) => options as never;
    const asked: [ask: () => unknown, option: string, hint: string][] = [
      [async () => ParameterServer.create(wrong({ histroy: 2 })), "histroy", "history may be meant"],
      [async () => server.push("policy", tensors(2), wrong({ wiat: "captain" })), "wiat", "wait may be"],
      [async () => server.pull("policy", wrong({ newerthan: 1 })), "newerthan", "newerThan may be meant"],
      [
        async () => server.apply("policy", tensors(2), wrong({ baseVersion: 1, timout: 1 })),
        "timout",
        "timeout may be meant",
      ],
      [() => server.watch("policy", wrong({ timeout: 1 })), "timeout", "there are newerThan, signal"],
      [() => adam(wrong({ lr: 1 })), "lr", "there are learningRate, beta1, beta2, epsilon"],
      [() => sgd(wrong({ momentm: 0 })), "momentm", "momentum may be meant"],
      [() => synchronous(wrong({ workers: 1, timout: 1 })), "timout", "timeout may be meant"],
      [() => boundedStaleness(wrong({ stalenes: 1 })), "stalenes", "staleness may be meant"],
    ];
    for (const [ask, option, hint] of asked) {
      const failure = await failureOf(Promise.resolve().then(ask));
      expect(failure).toMatchObject({ code: "ERR_CONFIG", details: { option } });
      expect((failure as Error).message).toContain(hint);
    }
    expect(await server.list()).toMatchObject([{ tag: "policy", version: 1 }]);
  });

  it("a version that is none, and gradients without one: ERR_CONFIG", async () => {
    await using _ = await startSystem({ pools: 1 });
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    for (const newerThan of [NaN, 0.5, "1" as never]) {
      const asked = [
        async () => server.pull("policy", { newerThan }),
        async () => server.watch("policy", { newerThan }).next(),
      ];
      for (const ask of asked)
        expect(await failureOf(ask())).toMatchObject({
          code: "ERR_CONFIG",
          details: { option: "newerThan" },
        });
    }
    for (const options of [undefined, {}, { baseVersion: NaN }]) {
      const failure = await failureOf(server.apply("policy", tensors(2), options as never));
      expect(failure).toMatchObject({ code: "ERR_CONFIG", details: { option: "baseVersion" } });
    }
    const failure = await failureOf(server.apply("policy", tensors(2), undefined as never));
    expect((failure as Error).message).toContain("baseVersion is missing");
  });

  it("a server where there is no cluster: ERR_CONFIG", async () => {
    expect(await failureOf(ParameterServer.create())).toMatchObject({ code: "ERR_CONFIG" });
  });
});
