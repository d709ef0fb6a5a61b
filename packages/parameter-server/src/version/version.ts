import type { StoredValue } from "@troupe/objects";

/** What is told of a version. */
export interface VersionInfo {
  readonly tag: string;
  /** 1, 2, 3 …, for each tag by itself. A number is never given twice, also after the tag was deleted. */
  readonly version: number;
  /** Names it among all versions of all tags. */
  readonly id: string;
  /** When the captain took it, in milliseconds since 1970. */
  readonly time: number;
  /** What its pusher said of it. */
  readonly info: unknown;
  /** Tensors. */
  readonly count: number;
  /** Of their numbers. */
  readonly byteLength: number;
}

/** A version as it is sent: what is told of it, and where its tensors are, in a part for each shard. */
export interface VersionRecord extends VersionInfo {
  readonly parts: readonly StoredValue[];
}

/** What is told of a tag. */
export interface TagInfo extends VersionInfo {
  /** Versions that are kept. */
  readonly versions: number;
}

export function infoOf({ tag, version, id, time, info, count, byteLength }: VersionInfo): VersionInfo {
  return { tag, version, id, time, info, count, byteLength };
}
