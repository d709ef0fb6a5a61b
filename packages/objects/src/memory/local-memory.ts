import { TroupeError } from "@troupe/core";

import { after, type MaybePromise } from "../maybe-promise.js";
import type { HostStore } from "../store/host-store.js";
import type { SendFileOptions } from "../transfer/options.js";
import type { Place } from "../value/stored-value.js";
import { layOut, type Packed } from "../value/packed.js";
import type { Memory, Pinned } from "./memory.js";
import type { Reclaimer } from "./reclaimer.js";
import type { OtherHosts, Spread, SpreadOptions } from "../hosts/other-hosts.js";

/** What the process that has a store is called there. Others have a stroke in their names. */
export const here = "here";

/** The host's store in the process that has it. */
export class LocalMemory implements Memory {
  /**
   * @param store Made when it is first of use.
   * @param self Name of this process, for others.
   * @param others The other hosts; `undefined` while there is no cluster.
   */
  constructor(
    private readonly store: () => HostStore,
    private readonly self: () => string,
    private readonly others: () => OtherHosts | undefined,
    private readonly reclaimer: Reclaimer,
  ) {}

  put(packed: Packed): Place {
    return this.reclaimer.withRoomNow(() => this.#write(packed));
  }

  write(packed: Packed): MaybePromise<Place> {
    return this.reclaimer.withRoom(() => this.#write(packed));
  }

  adopt(segment: string, byteLength: number): Place {
    const key = this.reclaimer.withRoomNow(() => this.store().adopt(here, segment));
    return [key, byteLength, this.self()];
  }

  pin(place: Place): MaybePromise<Pinned> {
    const [key] = place;
    if (!this.#isHere(place)) return this.#cluster.pin(place, here);
    const pinned = this.reclaimer.withRoom(() => this.store().pin(key, here));
    return after(pinned, (at) => ({ key, at }));
  }

  unpin(key: number): void {
    this.store().unpin(key, here);
  }

  keep(place: Place): void {
    if (this.#isHere(place)) this.store().give(place[0], here);
    else this.others()?.keep(place);
  }

  async promote(place: Place): Promise<void> {
    if (this.#isHere(place)) this.store().give(place[0], here);
    else await this.#cluster.promote(place);
  }

  delete(place: Place): void {
    if (this.#isHere(place)) this.store().delete(place[0]);
    else this.others()?.delete(place);
  }

  async broadcast(place: Place, hosts: readonly string[], options: SpreadOptions): Promise<Spread> {
    return this.#cluster.broadcast(place, hosts, options);
  }

  async sendFile(path: string, host: string, target: string, options: SendFileOptions): Promise<void> {
    return this.#cluster.sendFile(path, host, target, options);
  }

  #write(packed: Packed): Place {
    const { key, bytes } = this.store().create(here, packed.byteLength);
    layOut(packed, bytes);
    this.store().seal(key);
    return [key, packed.byteLength, this.self()];
  }

  get #cluster(): OtherHosts {
    const others = this.others();
    if (others) return others;
    throw new TroupeError("ERR_CLOSED", "This process is in no cluster, or its cluster was closed.");
  }

  #isHere([, , store]: Place): boolean {
    return store === this.self();
  }
}
