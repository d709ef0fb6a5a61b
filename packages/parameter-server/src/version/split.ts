import type { PlainTensor, Tensors } from "@troupe/core";

/** Tensors in so many parts, each by its name: the same name is always in the same part. */
export function split(tensors: Tensors, parts: number): Tensors[] {
  const all = Array.from({ length: parts }, (): Record<string, PlainTensor> => ({}));
  for (const [name, tensor] of Object.entries(tensors)) all[partOf(name, parts)]![name] = tensor;
  return all;
}

/** The FNV-1a hash of the name, modulo the parts. */
export function partOf(name: string, parts: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % parts;
}
