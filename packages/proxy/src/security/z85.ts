const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/** Bytes as text, four to five characters: ZeroMQ's own form of CURVE keys (rfc.zeromq.org/spec/32). */
export function z85(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
    let word = view.getUint32(offset);
    let group = "";
    for (let i = 0; i < 5; i++) {
      group = (digits[word % 85] as string) + group;
      word = Math.floor(word / 85);
    }
    text += group;
  }
  return text;
}
