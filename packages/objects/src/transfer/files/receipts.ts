import { cancelledError, TroupeError } from "@troupe/core";

import { Chunks } from "../chunks.js";
import { fetchChunks, type Flow } from "../fetch-chunks.js";
import { type BodyOf, replyOf } from "../messages.js";
import { readerOf, type Wire } from "../wire.js";
import { IncomingFile } from "./incoming-file.js";

/** Files that other hosts send to this one. */
export class Receipts {
  readonly #running = new Map<string, AbortController>();

  /** @param folder The one in which files are taken; without it none are. */
  constructor(
    private readonly folder: () => string | undefined,
    private readonly wire: Wire,
    private readonly flow: Flow,
    private readonly chunkBytes: number,
  ) {}

  /** Fetches a file that `peer` offers; ends when it is in its place. Whatever is thrown, nothing of it is left. */
  async receive(peer: string, offer: BodyOf<"file-offer">): Promise<void> {
    const { transfer, target, byteLength, mode } = offer;
    const folder = this.folder();
    if (folder === undefined) {
      throw new TroupeError(
        "ERR_UNAUTHORIZED",
        `"${this.wire.self}" takes no files. Give it a folder for them, as \`files\`.`,
      );
    }
    const id = `${peer} ${transfer}`;
    if (this.#running.has(id))
      throw new TroupeError("ERR_PROTOCOL", `"${peer}" offered "${transfer}" twice.`);
    const stop = new AbortController();
    this.#running.set(id, stop);
    try {
      const file = await IncomingFile.open(folder, target, new Chunks(byteLength, this.chunkBytes));
      try {
        await fetchChunks(peer, readerOf(this.wire, peer, transfer), file, this.flow, stop.signal);
        const digest = await this.wire.ask(peer, "file-digest", { transfer }, { signal: stop.signal });
        await file.place(replyOf("file-digest", peer, digest).sha256, mode);
      } catch (error) {
        await file.discard();
        throw error;
      }
    } finally {
      this.#running.delete(id);
    }
  }

  /** The sender takes its offer back. */
  withdraw(peer: string, transfer: string): void {
    this.#running.get(`${peer} ${transfer}`)?.abort(cancelledError("sending the file"));
  }
}
