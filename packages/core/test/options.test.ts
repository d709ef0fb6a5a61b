import { describe, expect, it } from "vitest";

import { checkKnown, checkOptions, type OptionRules } from "../src/index.js";

const refused = (message: string, details: object = {}) =>
  expect.objectContaining({ code: "ERR_CONFIG", message, details }) as Error;

describe("options", () => {
  const known = ["wait", "timeout"] as const;
  const check = (options: unknown) => checkKnown("reader()", options as { wait?: 1; timeout?: 1 }, known);

  it("that are known are taken, and so are none", () => {
    check({ wait: true, timeout: 5 });
    check({});
  });

  it.each([
    [{ wiat: true }, "wiat", "wait may be meant"],
    [Object.create({ timeuot: 5 }), "timeuot", "timeout may be meant"],
    [{ colour: 1 }, "colour", "there are wait, timeout"],
  ])("that nothing reads are refused: %j", (options, option, hint) => {
    const message = `reader(): there is no option ${option}; ${hint}.`;
    expect(() => check(options)).toThrow(refused(message, { option }));
  });

  it.each([[null], [5], [[1]]])("are no %j", (options) => {
    expect(() => check(options)).toThrow(/reader\(\): options are an object, not /);
  });
});

describe("options with rules", () => {
  interface PoolOptions {
    readonly label?: string | undefined;
    readonly cores?: number | undefined;
  }
  const rules: OptionRules<PoolOptions> = {
    label: { must: "a text", holds: (value) => typeof value === "string" },
    cores: { must: "a whole number", holds: Number.isInteger },
  };

  it("are given back as they are, undefined or not", () => {
    const options = { label: "big", cores: undefined };
    expect(checkOptions("pool()", options, rules)).toBe(options);
  });

  it("are refused when they are wrong, saying what they must be", () => {
    expect(() => checkOptions("pool()", { label: "big", cores: 1.5 }, rules)).toThrow(
      refused("pool(): cores must be a whole number, not 1.5.", { option: "cores" }),
    );
    expect(() => checkOptions("pool()", { lable: "big" }, rules)).toThrow(
      refused("pool(): there is no option lable; label may be meant.", { option: "lable" }),
    );
  });
});
