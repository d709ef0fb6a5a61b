import { TroupeError } from "../../src/index.js";

/** An error whose stack is the same on every machine. */
function fixed<E extends Error>(error: E): E {
  const stack = `${error.name}: ${error.message}\n    at work (app.js:1:1)`;
  return Object.defineProperty(error, "stack", { value: stack, enumerable: false });
}

const long = "0123456789abcdef".repeat(4);

/** What the bytes in fixtures/values.json mean. */
export const goldenValues: Readonly<Record<string, unknown>> = {
  nil: null,
  true: true,
  false: false,
  undefined: undefined,
  zero: 0,
  "positive fixint": 127,
  uint8: 128,
  uint16: 256,
  uint32: 4294967295,
  "negative fixint": -32,
  int8: -33,
  int16: -129,
  int32: -2147483648,
  "integer beyond 32 bits": 4294967296,
  "negative zero": -0,
  fraction: 1.5,
  infinity: Infinity,
  "not a number": NaN,
  "bigint in 64 bits": 5n,
  "bigint in 64 bits, negative": -(2n ** 63n),
  "bigint in 64 bits, unsigned": 2n ** 64n - 1n,
  "bigint beyond 64 bits": 2n ** 64n,
  "bigint beyond 64 bits, negative": -(2n ** 80n) + 1n,
  "empty text": "",
  fixstr: "troupe",
  "text of two, three and four bytes": "é漢🎭",
  str8: long,
  str16: long.repeat(4),
  "fixed array": [1, "a", null],
  array16: new Array<number>(16).fill(7),
  "fixed map": { a: 1, b: [true] },
  map16: Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, index])),
  buffer: Buffer.from([1, 2, 3]),
  Uint8Array: new Uint8Array([1, 2, 3]),
  Int8Array: new Int8Array([-1, 2]),
  Uint8ClampedArray: new Uint8ClampedArray([1, 255]),
  Uint16Array: new Uint16Array([1, 258]),
  Int16Array: new Int16Array([1, -2]),
  Uint32Array: new Uint32Array([1, 16909060]),
  Int32Array: new Int32Array([1, -2]),
  BigUint64Array: new BigUint64Array([1n, 2n ** 63n]),
  BigInt64Array: new BigInt64Array([1n, -2n]),
  Float32Array: new Float32Array([1.5, -2]),
  Float64Array: new Float64Array([1.5, -2]),
  ArrayBuffer: new Uint8Array([1, 2]).buffer,
  DataView: new DataView(new Uint8Array([1, 2]).buffer),
  "empty typed array": new Float64Array(0),
  "date at a whole second": new Date("2024-02-29T12:00:00Z"),
  "date with milliseconds": new Date("2024-02-29T12:00:00.789Z"),
  "date before 1970": new Date("1969-12-31T23:59:59.999Z"),
  "date past 34 bits of seconds": new Date("2600-01-01T00:00:00Z"),
  Map: new Map<unknown, unknown>([[1, "one"], ["two", [2]]]), // prettier-ignore
  Set: new Set([1, "two"]),
  TypeError: fixed(new TypeError("x is not a function")),
  "Error with a cause and fields": fixed(
    Object.assign(new Error("outer", { cause: fixed(new RangeError("inner")) }), { status: 503 }),
  ),
  "Error with a cause that is no error": fixed(new Error("outer", { cause: "disk full" })),
  AggregateError: fixed(new AggregateError([fixed(new Error("one")), "two"], "many")),
  TroupeError: fixed(
    new TroupeError("ERR_TIMEOUT", "It took longer than 5 ms.", { details: { timeout: 5 } }),
  ),
};

const member = {
  name: "worker-0",
  component: "worker",
  endpoint: "ipc:///run/troupe/pull.42.1000.0.sock",
  incarnation: "4bWzA0mYx1_2",
  process: { host: "node-a/1b4e28ba/1tz3k8", pid: 42, startTime: 1000 },
  meta: { protocol: [1], window: 33554432 },
};

/** What the frames in fixtures/packets.json mean: the messages of one packet, each by its kind. */
export const goldenPackets: Readonly<Record<string, readonly (readonly [number, ...unknown[]])[]>> = {
  hello: [[11, 7, "hello", { versions: [1], member, link: 1 }]],
  credit: [[11, 8, "credit", { link: 3, consumed: 8388608 }]],
  bye: [[11, 15, "bye", { link: 1 }]],
  "bye-heard": [[11, 16, "bye-heard", { link: 1 }]],
  "group message": [[0, 9, "hello", null, null, null, null, { greeting: "hi" }]],
  "group message with every field": [
    [0, 10, "rollout", "runner-0", "learner-0", "runner-0.9", 9, { steps: 128 }],
  ],
  "error reply": [[5, 9, fixed(new TypeError("x is not a function"))]],
  "two messages": [
    [0, 11, "a", null, null, null, null, 1],
    [0, 12, "b", null, null, null, 11, undefined],
  ],
  call: [[1, 21, 7, "add", [2]]],
  "call with a deadline and a key": [[1, 22, 7, "add", [2], 5000, null, "payment-1"]],
  "call that may be cancelled and has no deadline": [[1, 23, 7, "add", [2], Infinity]],
  "call of an actor that is a function": [[1, 24, 8, "", [1, 2]]],
  tell: [[2, 7, "add", [2]]],
  batch: [[3, 25, 7, "add", [[1], [2], [3]]]],
  result: [[4, 21, 2]],
  "result of a method that returns nothing": [[4, 21]],
  "result of a batch": [[4, 25, [1, 3, 6]]],
  "property read": [[10, 26, 7, "count"]],
  "stream from its opening to its end": [
    [6, 27, []],
    [6, 27, [0, 1, 2]],
    [7, 27],
  ],
  "stream credit": [[8, 27, 32]],
  cancel: [[9, 27]],
  "request to the brain": [[11, 28, "brain", ["find", "counter-0"]]],
  "news for who watches an actor": [[11, 0, "actor-event", { id: 7, event: "stopped", reason: "done" }]],
  attachments: [
    [
      0,
      13,
      "weights",
      null,
      null,
      null,
      null,
      { w: new Float32Array(256).fill(0.5), b: new Float32Array([1]) },
    ],
    [0, 14, "bytes", null, null, null, null, Buffer.alloc(1024, 1)],
  ],
};
