import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

import { TroupeError } from "@troupe/core";

import type { Loan } from "../lender.js";
import { fileError } from "./file-error.js";

/** How far a file has been sent, in bytes. */
export interface FileProgress {
  readonly sent: number;
  readonly total: number;
}

/** A file that another host reads, front to back, and the checksum of what it read. */
export class OutgoingFile implements Loan {
  readonly #hash = createHash("sha256");
  #sent = 0;
  /** Ends when the range asked for last has been read. */
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    /** Bytes of the file when it was opened; what is added later is not sent. */
    readonly byteLength: number,
    /** Permissions, without those that lend the owner's rights to others. */
    readonly mode: number,
    private readonly onProgress: ((progress: FileProgress) => void) | undefined,
  ) {}

  /** @throws ERR_CONFIG for a path where no file is, ERR_UNAUTHORIZED */
  static async open(path: string, onProgress?: (progress: FileProgress) => void): Promise<OutgoingFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, "r");
      const stat = await handle.stat();
      if (!stat.isFile())
        throw new TroupeError("ERR_CONFIG", `"${path}" is no regular file.`, { details: { path } });
      return new OutgoingFile(path, handle, stat.size, stat.mode & 0o777, onProgress);
    } catch (error) {
      await handle?.close();
      throw fileError("Cannot read", path, error);
    }
  }

  /**
   * The next bytes of the file.
   *
   * @throws ERR_PROTOCOL for any range but the next; ERR_OBJECT_LOST when the file has become shorter.
   */
  range(offset: number, length: number): Promise<Uint8Array> {
    const read = this.#reading.then(() => this.#read(offset, length));
    this.#reading = read.catch(() => undefined);
    return read;
  }

  /** @throws ERR_PROTOCOL before all was read. */
  sha256(): string {
    if (this.#sent < this.byteLength) {
      throw new TroupeError("ERR_PROTOCOL", `Of "${this.path}" ${this.#sent} bytes were read, not all.`);
    }
    return this.#hash.digest("hex");
  }

  check(): void {
    // What was read is in memory of its own.
  }

  release(): void {
    // Closed by whoever opened it.
  }

  /** Closes the file, once what is being read has been. */
  async close(): Promise<void> {
    await this.#reading;
    await this.handle.close();
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    if (offset !== this.#sent) {
      throw new TroupeError("ERR_PROTOCOL", `Of "${this.path}" byte ${this.#sent} is next, not ${offset}.`);
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length;) {
      const { bytesRead } = await this.handle
        .read(bytes, at, length - at, offset + at)
        .catch((error: unknown) => {
          throw fileError("Cannot read", this.path, error);
        });
      if (bytesRead === 0) {
        throw new TroupeError("ERR_OBJECT_LOST", `"${this.path}" became shorter while it was sent.`, {
          details: { path: this.path, byteLength: this.byteLength },
        });
      }
      at += bytesRead;
    }
    this.#hash.update(bytes);
    this.#sent += length;
    this.onProgress?.({ sent: this.#sent, total: this.byteLength });
    return bytes;
  }
}
