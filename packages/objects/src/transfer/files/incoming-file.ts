import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { TroupeError, uniqueId } from "@troupe/core";

import type { Chunks } from "../chunks.js";
import type { Sink } from "../fetch-chunks.js";
import { fileError } from "./file-error.js";
import { placeInside } from "./place-inside.js";

/** A file that is being received: written beside its target, and put in its place when it is whole. */
export class IncomingFile implements Sink {
  readonly #hash = createHash("sha256");
  /** The first chunk that is not in the checksum yet, and those after it that came before it. */
  #next = 0;
  readonly #early = new Map<number, Uint8Array>();

  private constructor(
    readonly chunks: Chunks,
    private readonly target: string,
    private readonly part: string,
    private readonly handle: FileHandle,
  ) {}

  /**
   * @param folder The one in which this host takes files.
   * @throws ERR_UNAUTHORIZED, ERR_CONFIG, ERR_STORE_FULL
   */
  static async open(folder: string, target: string, chunks: Chunks): Promise<IncomingFile> {
    try {
      const place = await placeInside(folder, target);
      // A name of its own: two that write to one target do not meet.
      const part = join(dirname(place), `.${uniqueId()}.part`);
      return new IncomingFile(chunks, place, part, await open(part, "wx", 0o600));
    } catch (error) {
      throw fileError("Cannot write", target, error);
    }
  }

  *missing(): Generator<number, void> {
    for (let index = 0; index < this.chunks.count; index++) yield index;
  }

  async accept(index: number, bytes: Uint8Array): Promise<void> {
    this.#early.set(index, bytes);
    for (let next = this.#early.get(this.#next); next; next = this.#early.get(this.#next)) {
      this.#early.delete(this.#next++);
      this.#hash.update(next);
    }
    const offset = this.chunks.offset(index);
    for (let at = 0; at < bytes.byteLength;) {
      const { bytesWritten } = await this.#attempt(
        this.handle.write(bytes, at, bytes.byteLength - at, offset + at),
      );
      at += bytesWritten;
    }
  }

  /**
   * Puts the file in its place, when it is what was sent.
   *
   * @throws ERR_PROTOCOL when it is not.
   */
  async place(sha256: string, mode: number): Promise<void> {
    const ours = this.#hash.digest("hex");
    if (ours !== sha256) {
      throw new TroupeError(
        "ERR_PROTOCOL",
        `What came for "${this.target}" has another checksum than what was sent. Send it again.`,
        { details: { target: this.target, sent: sha256, received: ours } },
      );
    }
    await this.#attempt(this.handle.chmod(mode));
    await this.#attempt(this.handle.sync());
    await this.handle.close();
    await this.#attempt(rename(this.part, this.target));
  }

  /** Removes what came. */
  async discard(): Promise<void> {
    // Closed already when it was the renaming that failed.
    await this.handle.close().catch(() => undefined);
    await rm(this.part, { force: true });
  }

  #attempt<T>(operation: Promise<T>): Promise<T> {
    return operation.catch((error: unknown) => {
      throw fileError("Cannot write", this.target, error);
    });
  }
}
