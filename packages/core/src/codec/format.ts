/** MessagePack extension types of the wire (docs/protocol.md has the table). */
export const Ext = {
  timestamp: -1,
  typedArray: 0x10,
  error: 0x13,
  map: 0x14,
  set: 0x15,
  bigint: 0x16,
  undefined: 0x18,
} as const;

/** Bytes from which a typed array or buffer travels as a frame of its own, where frames exist. */
export const outOfBandBytes = 1024;

/** Containers nested deeper than this are refused, by both ends. */
export const maxDepth = 256;

/** Largest encoded value by default, attachments included: 256 MiB. */
export const defaultByteLimit = 256 * 1024 * 1024;
