/** What belongs to messages of other processes: by the process, and the number that it gave the message. */
export class ByPeer<T> {
  readonly #peers = new Map<string, Map<number, T>>();

  set(peer: string, id: number, value: T): void {
    let values = this.#peers.get(peer);
    if (!values) this.#peers.set(peer, (values = new Map<number, T>()));
    values.set(id, value);
  }

  get(peer: string, id: number): T | undefined {
    return this.#peers.get(peer)?.get(id);
  }

  delete(peer: string, id: number): void {
    const values = this.#peers.get(peer);
    if (!values) return;
    values.delete(id);
    if (values.size === 0) this.#peers.delete(peer);
  }

  /** Takes out all that belongs to a process. */
  take(peer: string): T[] {
    const values = [...(this.#peers.get(peer)?.values() ?? [])];
    this.#peers.delete(peer);
    return values;
  }
}
