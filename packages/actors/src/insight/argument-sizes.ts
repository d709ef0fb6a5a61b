/** Arguments that are described. */
const maxArguments = 8;

/**
 * How large the arguments of a call are, and nothing of what is in them: `Float32Array of 4096 bytes`,
 * `string of 12 bytes`, `array of 3`, `number`.
 */
export function argumentSizes(args: readonly unknown[]): string[] {
  const sizes = args.slice(0, maxArguments).map(sizeOf);
  if (args.length > maxArguments) sizes.push(`${args.length - maxArguments} more`);
  return sizes;
}

function sizeOf(value: unknown): string {
  if (typeof value === "string") return `string of ${Buffer.byteLength(value)} bytes`;
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  if (Array.isArray(value)) return `array of ${value.length}`;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return `${nameOf(value)} of ${value.byteLength} bytes`;
  if (value instanceof Map || value instanceof Set) return `${nameOf(value)} of ${value.size}`;
  return "object";
}

function nameOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
