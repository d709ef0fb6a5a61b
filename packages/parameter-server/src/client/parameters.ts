import { type Tensors, TroupeError } from "@troupe/core";

import type { VersionInfo } from "../version/version.js";

/**
 * One version of a tag as a process has it: tensors as views of shared memory, without a copy; small ones (below
 * 64 KiB all together) are this process's own. What is written to them is seen by those in this process who have the
 * same version, and by nobody else.
 */
export class Parameters implements VersionInfo, Disposable {
  readonly tag: string;
  readonly version: number;
  readonly id: string;
  readonly time: number;
  readonly info: unknown;
  readonly count: number;
  readonly byteLength: number;
  #opened: Opened | undefined;

  /** @internal */
  constructor(opened: Opened) {
    const { tag, version, id, time, info, count, byteLength } = opened.info;
    this.tag = tag;
    this.version = version;
    this.id = id;
    this.time = time;
    this.info = info;
    this.count = count;
    this.byteLength = byteLength;
    this.#opened = opened;
  }

  /** @throws ERR_CLOSED after {@link release}. */
  get tensors(): Tensors {
    if (this.#opened) return this.#opened.tensors;
    throw new TroupeError(
      "ERR_CLOSED",
      `Version ${this.version} of "${this.tag}" was released here; use its tensors before that, or pull it again.`,
      { details: { tag: this.tag, version: this.version } },
    );
  }

  /**
   * Says that its tensors are not needed any more. Their memory is used again when nobody has the version, and the
   * arrays were collected. Idempotent.
   */
  release(): void {
    this.#opened = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A version that is open in this process; those who pull it meanwhile have the same. */
export interface Opened {
  readonly info: VersionInfo;
  readonly tensors: Tensors;
}
