import { decode, encode } from "@troupe/core";
import { Packr } from "msgpackr";

import type { BenchCase, Contender } from "../harness.js";

// Plain MessagePack, that any language reads; records are a form of msgpackr's own.
const packr = new Packr({ useRecords: false });

interface Codec {
  readonly name: string;
  readonly role: Contender["role"];
  readonly encode: (value: unknown) => Buffer;
  readonly decode: (bytes: Buffer) => unknown;
}

const troupe: Codec = { name: "troupe", role: "troupe", encode: (value) => encode(value), decode };
const msgpackr: Codec = {
  name: "msgpackr",
  role: "peer",
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes) as unknown,
};
const json: Codec = {
  name: "JSON",
  role: "peer",
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(bytes.toString()) as unknown,
};
/** Binary data as base64 in JSON, which is what one does who has only JSON. */
const base64: Codec = {
  name: "JSON, base64",
  role: "peer",
  encode: (value) => json.encode({ bytes: Buffer.from((value as Float32Array).buffer).toString("base64") }),
  decode: (bytes) => {
    const copy = Buffer.from((json.decode(bytes) as { bytes: string }).bytes, "base64");
    return new Float32Array(copy.buffer, copy.byteOffset, copy.byteLength / 4);
  },
};
const memcpy: Codec = {
  name: "memcpy",
  role: "raw",
  encode: (value) => Buffer.from(new Uint8Array((value as Float32Array).buffer)),
  decode: (bytes) => bytes,
};

/** What was made last: a result that nobody can see might not be made at all. */
export const sink: { last: unknown } = { last: undefined };

function encoding(codec: Codec, value: unknown): Contender {
  return contender(codec, () => (sink.last = codec.encode(value)));
}

function decoding(codec: Codec, value: unknown): Contender {
  const bytes = codec.encode(value);
  return contender(codec, () => (sink.last = codec.decode(bytes)));
}

function contender({ name, role }: Codec, work: () => void): Contender {
  const run = (n: number) => {
    for (let i = 0; i < n; i++) work();
  };
  return { name, role, setup: () => Promise.resolve({ run, teardown: () => Promise.resolve() }) };
}

interface Subject {
  readonly name: string;
  readonly value: unknown;
  readonly batch: number;
  /** Given for what is measured in megabytes a second. */
  readonly bytes?: number;
  readonly peers: readonly Codec[];
  /** Where decoding is measured in another way than encoding. */
  readonly decode?: { readonly unit: BenchCase["unit"]; readonly peers: readonly Codec[] };
}

const text = "The quick brown fox jumps over the lazy dog. ".repeat(1500);
const floats = Float32Array.from({ length: 256 * 1024 }, (_, index) => index / 7);

const subjects: readonly Subject[] = [
  {
    name: "small group message of 59 bytes",
    value: [0, 331, "step", null, null, null, null, { step: 331, text: "a small message of sixty bytes" }],
    batch: 20_000,
    peers: [msgpackr, json],
  },
  {
    name: "nested object",
    value: {
      id: 12_345,
      name: "worker-17",
      tags: ["gpu", "idle", "spot"],
      position: { x: 1.5, y: -2.25, z: 1e9 },
      healthy: true,
      parent: null,
    },
    batch: 20_000,
    peers: [msgpackr, json],
  },
  {
    name: "50 objects",
    value: Array.from({ length: 50 }, (_, index) => ({ id: index, name: `item-${index}`, score: index / 3 })),
    batch: 2000,
    peers: [msgpackr, json],
  },
  {
    name: "128 floats in an array",
    value: Array.from({ length: 128 }, (_, index) => index / 7),
    batch: 5000,
    peers: [msgpackr, json],
  },
  {
    name: "1 MiB typed array",
    value: floats,
    batch: 50,
    bytes: floats.byteLength,
    peers: [{ ...msgpackr, name: "msgpackr, as bytes" }, base64, memcpy],
    // Decoding copies nothing where the bytes are aligned, so there is no speed in bytes. msgpackr gives
    // bytes back where it was given floats: not the same work.
    decode: { unit: "ops/s", peers: [base64] },
  },
  {
    name: "text of 66 KiB",
    value: text,
    batch: 500,
    bytes: text.length,
    peers: [msgpackr, json],
  },
];

/** The codec against JSON and plain msgpackr. Small messages are to be no slower than with msgpackr. */
export const codecCases: readonly BenchCase[] = subjects.flatMap((subject) => {
  const { name, value, batch, bytes, peers } = subject;
  const unit = bytes === undefined ? "ops/s" : "MB/s";
  const { decode: other = { unit, peers } } = subject;
  const common = {
    group: "codec",
    batch,
    ...(bytes === undefined ? {} : { bytes }),
    ...(name.startsWith("small") ? { reach: { of: "msgpackr", ratio: 1 } } : {}),
  } as const;
  return [
    {
      ...common,
      name: `encode ${name}`,
      unit,
      contenders: [troupe, ...peers].map((codec) => encoding(codec, value)),
    },
    {
      ...common,
      name: `decode ${name}`,
      unit: other.unit,
      contenders: [troupe, ...other.peers].map((codec) => decoding(codec, value)),
    },
  ];
});
