import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A piece of a file: whole words, those that begin in its bytes. */
export interface Piece {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes that are read at once beyond a piece's end, in search of the end of its last word. */
const lookAhead = 4096;

/** A file to be counted. */
export interface TextFile {
  readonly path: string;
  readonly byteLength: number;
}

/** The files of a list of files and folders, and of what is below those; links and hidden files in them are passed over. */
export async function filesOf(paths: readonly string[]): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for (const path of paths) {
    const found = await stat(path);
    if (found.isFile()) files.push({ path, byteLength: found.size });
    else if (found.isDirectory()) for await (const file of filesBelow(path)) files.push(file);
  }
  return files;
}

async function* filesBelow(folder: string): AsyncGenerator<TextFile> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.isFile()) yield { path, byteLength: (await stat(path)).size };
    else if (entry.isDirectory()) yield* filesBelow(path);
  }
}

/** Cuts files into pieces, and gives lists of them of about so many bytes each. */
export function portions(files: readonly TextFile[], bytes: number): Piece[][] {
  const lists: Piece[][] = [];
  let room = 0;
  for (const { path, byteLength } of files) {
    for (let start = 0; start < byteLength;) {
      if (room === 0) {
        lists.push([]);
        room = bytes;
      }
      const end = Math.min(byteLength, start + room);
      lists.at(-1)!.push({ path, start, end });
      room -= end - start;
      start = end;
    }
  }
  return lists;
}

/** The text of a piece; none of a file that is no text. */
export async function read({ path, start, end }: Piece): Promise<string> {
  const file = await open(path);
  try {
    // A word that begins before the piece is not its own.
    const from = start === 0 ? 0 : await nextGap(file, start - 1);
    const to = await nextGap(file, end - 1);
    if (from >= to) return "";
    const bytes = await readAt(file, from, to - from);
    return bytes.includes(0) ? "" : bytes.toString("utf8");
  } finally {
    await file.close();
  }
}

/** Where the first white space from `position` on is, or the end of the file. */
async function nextGap(file: FileHandle, position: number): Promise<number> {
  for (let at = position; ; at += lookAhead) {
    const bytes = await readAt(file, at, lookAhead);
    const gap = bytes.findIndex((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
    if (gap !== -1) return at + gap;
    if (bytes.length < lookAhead) return at + bytes.length;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
