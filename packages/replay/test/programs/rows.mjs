// Rows that hold a checksum of themselves, so that one that is torn is found out.
import { field } from "@troupe/replay";

export const schema = {
  writer: field("int32"),
  count: field("int32"),
  data: field("uint32", [61]),
  bytes: field("uint8", [37]),
  sum: field("uint32"),
};

/** The `count`th row of a writer. */
export function rowOf(writer, count) {
  const data = Uint32Array.from(
    { length: 61 },
    (_, i) => Math.imul(count + 1, 2654435761 + i * writer) >>> 0,
  );
  const bytes = Uint8Array.from({ length: 37 }, (_, i) => count * 7 + i * 13 + writer);
  return { writer, count, data, bytes, sum: sumOf(writer, count, data, bytes) };
}

/** Rows of a writer from the `count`th on, as columns. */
export function columnsOf(writer, count, n) {
  const rows = Array.from({ length: n }, (_, i) => rowOf(writer, count + i));
  return {
    writer: rows.map((row) => row.writer),
    count: rows.map((row) => row.count),
    data: rows.flatMap((row) => [...row.data]),
    bytes: rows.flatMap((row) => [...row.bytes]),
    sum: rows.map((row) => row.sum),
  };
}

/** Rows of columns that are not as any writer wrote them. */
export function tornRows({ writer, count, data, bytes, sum }) {
  let torn = 0;
  for (let i = 0; i < sum.length; i++) {
    const found = sumOf(
      writer[i],
      count[i],
      data.subarray(61 * i, 61 * (i + 1)),
      bytes.subarray(37 * i, 37 * (i + 1)),
    );
    if (found !== sum[i]) torn++;
  }
  return torn;
}

function sumOf(writer, count, data, bytes) {
  let sum = Math.imul(writer, 31) + count;
  for (const word of data) sum = (Math.imul(sum, 31) + word) >>> 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return sum >>> 0;
}
