import { Segment } from "@troupe/shm";
import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import {
  field,
  maxHeap,
  minSize,
  nStep,
  prioritized,
  queue,
  ReplayBuffer,
  type ReplayOptions,
  ReplayShards,
  sampleToInsertRatio,
  sequences,
} from "../src/index.js";
import { numbered, numbers } from "./support.js";

noLeftovers();
const keep = closing();

const schema = { obs: field("float32", [2, 2]), step: field("int64"), done: field("uint8") };
const row = { obs: [1, 2, 3, 4], step: 1n, done: 0 };

function coded(code: string, message: RegExp) {
  return expect.objectContaining({ code, message: expect.stringMatching(message) });
}

describe("a row that does not fit", () => {
  const wrong: [what: string, row: object, message: RegExp][] = [
    ["lacks a column", { obs: row.obs, step: 1n }, /column done, uint8, is missing/],
    ["has one too many", { ...row, extra: 1 }, /no column extra; .*obs, step, done/],
    ["has too few numbers", { ...row, obs: [1, 2, 3] }, /obs, float32 \[2, 2\], takes 4 numbers, not 3/],
    ["has a number for an array", { ...row, obs: 1 }, /obs.*not 1/],
    ["has an array for a number", { ...row, done: [0] }, /done, uint8, takes one number/],
    ["has a number for a bigint", { ...row, step: 1 }, /step, int64, takes one bigint, not 1/],
    ["has text", { ...row, done: "0" }, /done, uint8, takes one number, not '0'/],
    [
      "has a number that is too large",
      { ...row, done: 256 },
      /uint8, takes whole numbers from 0 to 255, not 256\./,
    ],
    [
      "has a number below 0",
      { ...row, done: -1 },
      /done, uint8, takes whole numbers from 0 to 255, not -1\./,
    ],
    ["has a fraction for an integer", { ...row, done: 0.5 }, /from 0 to 255, not 0\.5/],
    ["has NaN for an integer", { ...row, done: NaN }, /from 0 to 255, not NaN/],
    [
      "has a bigint of more than 64 bits",
      { ...row, step: 2n ** 63n },
      /step, int64, takes bigints from -9223372036854775808 to 9223372036854775807, not 9223372036854775808n/,
    ],
    ["has a boolean for a bigint", { ...row, step: true }, /step, int64, takes one bigint, not true/],
    ["is none", null as unknown as object, /not null/],
  ];

  it.each(wrong)("is refused when it %s, saying which column and what was expected", (_, bad, message) => {
    const replay = keep(new ReplayBuffer({ capacity: 4, schema }));
    expect(() => replay.write(bad as typeof row)).toThrow(coded("ERR_SCHEMA", message));
    expect(replay.size).toBe(0);
    expect(replay.write(row)).toBe(true);
  });

  it("is refused in a batch as well", () => {
    const replay = keep(new ReplayBuffer({ capacity: 4, schema }));
    const columns = { obs: new Float32Array(8), step: [1n, 2n], done: [0, 1] };
    const write = (changed: object) => () => replay.writeBatch({ ...columns, ...changed });
    expect(write({ done: [0] })).toThrow(
      coded("ERR_SCHEMA", /done, uint8, takes 2 numbers for 2 rows, not 1/),
    );
    expect(write({ extra: [0, 1] })).toThrow(coded("ERR_SCHEMA", /no column extra/));
    expect(write({ done: undefined })).toThrow(coded("ERR_SCHEMA", /done, uint8, is missing/));
    expect(write({ obs: new Float32Array(7) })).toThrow(
      coded("ERR_SCHEMA", /obs.*takes 4 numbers for 1 rows, not 7/),
    );
    expect(write({ step: [1, 2] })).toThrow(coded("ERR_SCHEMA", /step.*those of number/));
    for (const rows of [2, 4])
      expect(write({ obs: Array(rows).fill([1, 2, 3, 4]) })).toThrow(
        coded("ERR_SCHEMA", /obs.*takes the numbers of all rows in one array, 4 for each, not arrays in it/),
      );
    expect(write({ obs: [1, 2] })).toThrow(coded("ERR_SCHEMA", /obs.*takes 4 numbers for each row, not 2/));
    expect(write({ done: [0, 300] })).toThrow(
      expect.objectContaining({
        code: "ERR_SCHEMA",
        message: "The column done, uint8, takes whole numbers from 0 to 255, not 300 in row 1.",
        details: { column: "done", expected: "uint8", value: 300, row: 1 },
      }),
    );
    expect(write({ step: BigUint64Array.of(1n, 2n ** 64n - 1n) })).toThrow(
      coded("ERR_SCHEMA", /step.*in row 1/),
    );
    expect(write({})()).toBe(true);
    expect(() =>
      replay.writeBatch({ obs: new Float32Array(20), step: Array(5).fill(0n), done: Array(5).fill(0) }),
    ).toThrow(coded("ERR_CONFIG", /5 rows.*capacity is 4/));
  });
});

describe("a batch that cannot be", () => {
  it("is refused when it is larger than the buffer, or of no rows", () => {
    const replay = keep(numbered({ capacity: 4 }));
    for (const n of [5, 0, -1, 1.5, NaN])
      expect(() => replay.sample(n)).toThrow(coded("ERR_CONFIG", /1 to 4 rows/));
    expect(() => replay.reader().acquire(5)).toThrow(coded("ERR_CONFIG", /1 to 4 rows/));
  });

  it("is refused when what it is to fill does not fit", () => {
    const replay = keep(numbered({ capacity: 4 }));
    const other = keep(new ReplayBuffer({ capacity: 4, schema: { value: field("float32") } }));
    replay.write({ value: 1 });
    other.write({ value: 1 });
    const batch = replay.sample(1)!;
    const refused = coded("ERR_CONFIG", /into is a batch of/);
    expect(() => replay.sample(2, { into: batch })).toThrow(refused);
    expect(() => replay.sample(1, { into: { ...batch } })).toThrow(refused);
    expect(() => replay.sample(1, { into: other.sample(1) as never })).toThrow(refused);
  });
});

describe("priorities that are none", () => {
  it("are refused, and change nothing", () => {
    const replay = keep(numbered({ capacity: 4, sampler: prioritized() }));
    const refused = coded("ERR_CONFIG", /priority is a number from 0 on/);
    for (const priority of [NaN, -1, Infinity]) {
      expect(() => replay.write({ value: 1 }, { priority })).toThrow(refused);
      expect(() => replay.writeBatch({ value: [1] }, { priorities: [priority] })).toThrow(refused);
    }
    expect(replay.size).toBe(0);
    expect(() => replay.writeBatch({ value: [1, 2] }, { priorities: [1, NaN] })).toThrow(
      coded("ERR_CONFIG", /not NaN \(number 2 of 2\)/),
    );
    replay.write({ value: 1 });
    const { indices } = replay.sample(1)!;
    expect(() => replay.updatePriorities(indices, [NaN])).toThrow(refused);
    expect(() => replay.updatePriorities(indices, [1, 2])).toThrow(
      coded("ERR_CONFIG", /1 indices, and 2 priorities/),
    );
    expect(() => replay.writeBatch({ value: [1] }, { priorities: [1, 2] })).toThrow(
      coded("ERR_CONFIG", /1 rows, and 2/),
    );
    expect(() => replay.sample(1, { beta: NaN })).toThrow(coded("ERR_CONFIG", /beta/));
  });

  it("cannot be changed where nothing goes by them, and are of no effect in what is written", () => {
    const replay = keep(numbered({ capacity: 4 }));
    expect(() => replay.updatePriorities([0], [1])).toThrow(
      coded("ERR_CONFIG", /has no priorities; make it with one of the samplers prioritized\(\)/),
    );
    expect(replay.write({ value: 1 }, { priority: 5 })).toBe(true);
  });
});

describe("options that do not go together", () => {
  const wrong: [what: string, options: Partial<ReplayOptions>, message: RegExp][] = [
    ["no capacity", { capacity: 0 }, /capacity/],
    ["an unknown option", { capcity: 1 } as never, /capcity/],
    ["no column", { schema: {} }, /one column/],
    ["a type that is none", { schema: { a: { type: "float16", shape: [] } as never } }, /schema\.a.*type/],
    ["a shape that is none", { schema: { a: { type: "int8", shape: [0] } } }, /schema\.a.*shape/],
    ["too many heads", { writers: 100, readers: 100 }, /126 together/],
    ["a least size above the capacity", { rateLimiter: minSize(5) }, /5 rows are to be there/],
    ["a queue above the capacity", { rateLimiter: queue(5) }, /queue of 5/],
    ["too many samples of a row", { maxTimesSampled: 256 }, /maxTimesSampled/],
    ["a sampler that is none", { sampler: { kind: "best" } as never }, /sampler/],
  ];
  it.each(wrong)("are refused: %s", (_, options, message) => {
    expect(() => new ReplayBuffer({ capacity: 4, schema: numbers, ...options })).toThrow(
      coded("ERR_CONFIG", message),
    );
  });

  it("are refused where nothing reads them, with what may have been meant", async () => {
    const replay = keep(numbered({ capacity: 4 }));
    const writer = replay.writer();
    const wrong = (options: object) => options as never;
    const asked: [ask: () => unknown, message: RegExp][] = [
      [() => keep(numbered(wrong({ capacity: 4, writer: 1 }))), /option writer; writers may be meant/],
      [() => prioritized(wrong({ alfa: 1 })), /prioritized\(\): .*option alfa; alpha may be meant/],
      [
        () => sampleToInsertRatio(wrong({ ratio: 1, minSize: 1, eror: 2 })),
        /sampleToInsertRatio\(\): .*option eror; error may be meant/,
      ],
      [() => replay.reader(wrong({ wiat: 1 })), /reader\(\): .*option wiat; wait may be meant/],
      [() => replay.writer(wrong({ onSafeAreas: "drop" })), /option onSafeAreas; onSafeArea may be meant/],
      [
        () => writer.write({ value: 1 }, wrong({ priorty: 1 })),
        /write\(\): .*priorty; priority may be meant/,
      ],
      [
        () => replay.writeBatch({ value: [1] }, wrong({ priority: [1] })),
        /option priority; there are priorities/,
      ],
      [() => replay.sample(1, wrong({ inot: 1 })), /sample\(\): .*option inot; into may be meant/],
      [() => new ReplayShards([replay], wrong({ sed: 1 })), /new ReplayShards: .*sed; seed may be meant/],
      [() => nStep(writer, wrong({ n: 1, gama: 1 })), /option gama; gamma may be meant/],
      [() => sequences(writer, wrong({ lenght: 1 })), /option lenght; length may be meant/],
    ];
    for (const [ask, message] of asked) expect(ask).toThrow(coded("ERR_CONFIG", message));
    const shards = new ReplayShards([replay]);
    const later: [asked: Promise<unknown>, message: RegExp][] = [
      [writer.insert({ value: 1 }, wrong({ timout: 1 })), /insert\(\): .*timout; timeout may be meant/],
      [
        writer.insertBatch({ value: [1] }, wrong({ sginal: 1 })),
        /insertBatch\(\): .*sginal; signal may be meant/,
      ],
      [replay.reader().next(1, wrong({ betta: 1 })), /next\(\): .*betta; beta may be meant/],
      [shards.sample(1, wrong({ betta: 1 })), /sample\(\) of ReplayShards: .*betta; beta may be meant/],
      [shards.write({ value: 1 }, wrong({ priorty: 1 })), /write\(\): .*priorty; priority may be meant/],
    ];
    for (const [refused, message] of later)
      await expect(refused).rejects.toThrow(coded("ERR_CONFIG", message));
    expect(replay.size).toBe(0);
  });

  it("are refused where they are made", () => {
    expect(() => field("float16" as never)).toThrow(coded("ERR_CONFIG", /type/));
    expect(() => field("int8", [1.5])).toThrow(coded("ERR_CONFIG", /shape/));
    expect(() => prioritized({ alpha: -1 })).toThrow(coded("ERR_CONFIG", /alpha/));
    expect(() => minSize(0)).toThrow(coded("ERR_CONFIG", /minSize/));
    expect(() => sampleToInsertRatio({ ratio: 4, minSize: 1, error: 3 })).toThrow(
      coded("ERR_CONFIG", /less than 4/),
    );
    expect(() => sampleToInsertRatio({ ratio: 0.5, minSize: 1, error: 0.9 })).toThrow(
      coded("ERR_CONFIG", /less than 1/),
    );
    expect(() => sampleToInsertRatio({ ratio: 1, minSize: 2, error: [3, 9] })).toThrow(
      coded("ERR_CONFIG", /nothing/),
    );
    const replay = keep(numbered({ capacity: 4 }));
    expect(() => replay.writer({ wait: -1 })).toThrow(coded("ERR_CONFIG", /wait/));
    expect(() => replay.writer({ onSafeArea: "stop" as never })).toThrow(coded("ERR_CONFIG", /onSafeArea/));
    const ranked = keep(numbered({ capacity: 4, remover: maxHeap() }));
    expect(() => ranked.reader().acquire(1)).toThrow(coded("ERR_CONFIG", /remover fifo/));
  });
});

describe("opening", () => {
  it("refuses a buffer of other columns than expected, and takes one of the same", () => {
    const replay = keep(new ReplayBuffer({ capacity: 4, schema }));
    const { obs, step, done } = schema;
    keep(ReplayBuffer.open(replay.name, { done, obs, step }));
    expect(() => ReplayBuffer.open(replay.name, { obs, step })).toThrow(
      coded("ERR_SCHEMA", /obs: float32 \[2, 2\]/),
    );
    expect(() => ReplayBuffer.open(replay.name, { ...schema, obs: field("float32", [4]) })).toThrow(
      coded("ERR_SCHEMA", /obs: float32 \[4\]/),
    );
  });

  it("refuses what is no replay buffer, or one of another version", () => {
    expect(() => ReplayBuffer.open("somewhere")).toThrow(coded("ERR_PROTOCOL", /somewhere/));
    for (const length of [8, 4096]) {
      const segment = keep(Segment.create("other", length));
      expect(() => ReplayBuffer.open(segment.name)).toThrow(coded("ERR_PROTOCOL", /is no replay buffer/));
    }
    const replay = keep(numbered({ capacity: 4 }));
    new Int32Array(keep(Segment.open(replay.name)).buffer)[1] = 2;
    expect(() => ReplayBuffer.open(replay.name)).toThrow(coded("ERR_PROTOCOL", /of version 2, .* version 1/));
  });
});
