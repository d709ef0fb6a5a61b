import { type FileHandle, open } from "node:fs/promises";

import { isTroupeError, type PlainTensor, type Tensors, TroupeError } from "@troupe/core";
import { z } from "zod";

import { damaged, fromBytes, readHead, type SavedHead, type SavedTensor } from "./safetensors.js";
import { unusable } from "./unusable.js";

/** The tensors of a tag as a file has them. */
export interface LoadedTag {
  readonly tag: string;
  readonly info: unknown;
  readonly tensors: Tensors;
}

const tagsSchema = z.array(
  z.object({ tag: z.string().min(1), prefix: z.string(), info: z.unknown().optional() }),
);

/**
 * Reads a file of the safetensors format; all of it is checked before any of it is given.
 *
 * @param tag For tensors of a file that does not say of which tags they are, or of one.
 * @throws ERR_SCHEMA when it is none, is not whole, or has tensors of types that there are not; ERR_CONFIG when it cannot
 *   be read, or it takes a `tag`
 */
export async function loadFile(path: string, tag: string | undefined): Promise<LoadedTag[]> {
  const file = await open(path, "r").catch(unusable(path));
  try {
    const { size } = await file.stat();
    const read = (at: number, byteLength: number) => readBytes(path, file, at, byteLength);
    const head = await readHead(path, size, read);
    const loaded: LoadedTag[] = [];
    for (const each of tagsOf(path, head, tag)) {
      const tensors: Record<string, PlainTensor> = {};
      for (const saved of each.tensors)
        tensors[saved.name.slice(each.prefix.length)] = fromBytes(
          saved,
          await read(saved.at, saved.byteLength),
        );
      loaded.push({ tag: each.tag, info: each.info, tensors });
    }
    return loaded;
  } catch (error) {
    if (isTroupeError(error)) throw error;
    return unusable(path)(error);
  } finally {
    await file.close();
  }
}

/** The tags of a file, each with its tensors. */
function tagsOf(path: string, { metadata, tensors }: SavedHead, tag: string | undefined) {
  const { troupe } = metadata;
  const known = troupe === undefined ? undefined : tagsSchema.safeParse(parse(troupe)).data;
  if (troupe !== undefined && !known) throw damaged(path, "what it says of its tags is none");
  if (tag !== undefined && (!known || known.length === 1))
    return [{ tag, prefix: known?.[0]!.prefix ?? "", info: known?.[0]!.info, tensors }];
  if (!known || tag !== undefined) {
    const why = known
      ? `is of the tags ${known.map((each) => each.tag).join(", ")}, and cannot be loaded as one`
      : 'does not say of which tag its tensors are: load it with one, as { tag: "policy" }';
    throw new TroupeError("ERR_CONFIG", `${path} ${why}.`, { details: { path, tag } });
  }
  const of = (prefix: string) => (saved: SavedTensor) => saved.name.startsWith(prefix);
  return known.map((each) => ({ info: undefined, ...each, tensors: tensors.filter(of(each.prefix)) }));
}

async function readBytes(
  path: string,
  file: FileHandle,
  at: number,
  byteLength: number,
): Promise<Buffer<ArrayBuffer>> {
  const bytes = Buffer.from(new ArrayBuffer(byteLength));
  for (let done = 0; done < byteLength;) {
    const { bytesRead } = await file.read(bytes, done, byteLength - done, at + done);
    if (bytesRead === 0) throw damaged(path, "it became shorter while it was read");
    done += bytesRead;
  }
  return bytes;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
