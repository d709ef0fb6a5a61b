import { inspect } from "node:util";

const powers = { "": 0, k: 1, M: 2, G: 3, T: 4 } as const;
const form = /^(\d+(?:\.\d+)?) ?(?:(k|M|G|T)B|(K|M|G|T)iB|B)$/;

/** Bytes of `8GiB`, `512 MiB`, `100MB`, or of a number of bytes; `undefined` for what is neither. */
export function parseMemory(value: unknown): number | undefined {
  let bytes = value;
  if (typeof value === "string") {
    const match = form.exec(value);
    if (!match) return undefined;
    const [, count, decimal, binary] = match;
    const unit = (binary ?? decimal ?? "").replace("K", "k") as keyof typeof powers;
    bytes = Math.floor(Number(count) * (binary ? 1024 : 1000) ** powers[unit]);
  }
  return Number.isSafeInteger(bytes) && (bytes as number) >= 0 ? (bytes as number) : undefined;
}

/** What is wrong with an amount of memory, in words that follow the field's name. */
export function memoryProblem(value: unknown): string | undefined {
  if (parseMemory(value) !== undefined) return undefined;
  return `must be bytes as a whole number from 0, or a text such as 512MiB or 8GB; it is ${inspect(value)}`;
}

/** Bytes for people: `8 GiB`, `1.5 MiB`. */
export function formatMemory(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${Number(value.toFixed(1))} ${units[unit] ?? ""}`;
}
