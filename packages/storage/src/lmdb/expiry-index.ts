/** The key of an expiry: the moment as a big-endian double, so that the order is that of time, then the key. */
export function expiryKey(expiresAt: number, key: string): Buffer {
  const bytes = Buffer.alloc(8 + Buffer.byteLength(key));
  bytes.writeDoubleBE(expiresAt);
  bytes.write(key, 8);
  return bytes;
}

export function readExpiryKey(bytes: Buffer): { readonly expiresAt: number; readonly key: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { expiresAt: buffer.readDoubleBE(), key: buffer.toString("utf8", 8) };
}
