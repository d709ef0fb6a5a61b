import { TroupeError } from "@troupe/core";

/** Bytes that are here, or on their way here, and that another host may read chunk by chunk. */
export interface Loan {
  readonly byteLength: number;
  /** The bytes of a range within it; waits for those that are not here yet. */
  range(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Called before bytes that `range` gave are read. @throws when they may not be any more. */
  check(): void;
  /** Nobody reads it any more. */
  release(): void;
  /** Checksum of all that was read, of a file. */
  sha256?(): string;
}

interface Entry {
  readonly loan: Promise<Loan>;
  isClosed: boolean;
}

/** What other hosts read of this one, each transfer under the name that the reader gave it. */
export class Lender {
  readonly #entries = new Map<string, Map<string, Entry>>();

  /** Transfers that are open. */
  get size(): number {
    let size = 0;
    for (const entries of this.#entries.values()) size += entries.size;
    return size;
  }

  /**
   * Lends to `peer` until it closes the transfer or leaves, and gives the loan once it is there.
   *
   * @throws ERR_PROTOCOL when the peer has a transfer of that name; what `make` throws.
   */
  async open(peer: string, transfer: string, make: () => Loan | Promise<Loan>): Promise<Loan> {
    const entries = this.#entries.get(peer) ?? new Map<string, Entry>();
    if (entries.has(transfer)) throw misnamed(peer, transfer, "is open already");
    // Entered before it is there: the peer may close what it waits for.
    const entry: Entry = { loan: Promise.resolve().then(make), isClosed: false };
    this.#entries.set(peer, entries.set(transfer, entry));
    try {
      return await entry.loan;
    } catch (error) {
      this.close(peer, transfer);
      throw error;
    }
  }

  /**
   * Hands the bytes of a range to `take`, which must be done with them when it returns. Does nothing when the transfer
   * is closed before they are there.
   *
   * @throws ERR_PROTOCOL for a transfer that is not open and for a range that is not within it; what the loan throws.
   */
  async chunk(
    peer: string,
    transfer: string,
    offset: number,
    length: number,
    take: (bytes: Uint8Array) => void,
  ): Promise<void> {
    const entry = this.#find(peer, transfer);
    const loan = await entry.loan;
    if (offset + length > loan.byteLength) {
      throw misnamed(
        peer,
        transfer,
        `has ${loan.byteLength} bytes, and none from ${offset} to ${offset + length}`,
      );
    }
    const bytes = await loan.range(offset, length);
    if (entry.isClosed) return;
    loan.check();
    take(bytes);
  }

  /** The checksum of a file that the peer has read. @throws ERR_PROTOCOL when it has not, or it is no file. */
  async sha256(peer: string, transfer: string): Promise<string> {
    const sum = (await this.#find(peer, transfer).loan).sha256?.();
    if (sum === undefined) throw misnamed(peer, transfer, "has no checksum: it is an object");
    return sum;
  }

  /** The peer reads no more of it. */
  close(peer: string, transfer: string): void {
    const entries = this.#entries.get(peer);
    const entry = entries?.get(transfer);
    if (!entries || !entry) return;
    entries.delete(transfer);
    if (entries.size === 0) this.#entries.delete(peer);
    entry.isClosed = true;
    entry.loan.then(
      (loan) => loan.release(),
      () => undefined,
    );
  }

  /** The peer is gone. */
  closeAll(peer: string): void {
    for (const transfer of [...(this.#entries.get(peer)?.keys() ?? [])]) this.close(peer, transfer);
  }

  /** Nothing is lent any more. */
  clear(): void {
    for (const peer of [...this.#entries.keys()]) this.closeAll(peer);
  }

  #find(peer: string, transfer: string): Entry {
    const entry = this.#entries.get(peer)?.get(transfer);
    if (!entry) throw misnamed(peer, transfer, "is not open");
    return entry;
  }
}

function misnamed(peer: string, transfer: string, problem: string): TroupeError {
  return new TroupeError("ERR_PROTOCOL", `The transfer "${transfer}" of "${peer}" ${problem}.`, {
    details: { peer, transfer },
  });
}
