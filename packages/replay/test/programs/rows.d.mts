import type { Field } from "@troupe/replay";

export declare const schema: {
  readonly writer: Field<"int32", readonly []>;
  readonly count: Field<"int32", readonly []>;
  readonly data: Field<"uint32", readonly [61]>;
  readonly bytes: Field<"uint8", readonly [37]>;
  readonly sum: Field<"uint32", readonly []>;
};

interface Columns {
  readonly writer: Int32Array;
  readonly count: Int32Array;
  readonly data: Uint32Array;
  readonly bytes: Uint8Array;
  readonly sum: Uint32Array;
}

export declare function rowOf(
  writer: number,
  count: number,
): { writer: number; count: number; data: Uint32Array; bytes: Uint8Array; sum: number };
export declare function tornRows(columns: Columns): number;
