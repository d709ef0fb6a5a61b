import { after, type MaybePromise } from "../maybe-promise.js";
import type { Pinned } from "../memory/memory.js";
import type { Surroundings } from "../surroundings.js";
import type { Known } from "../table/known.js";
import type { Place } from "../value/stored-value.js";
import { ObjectReader } from "./object-reader.js";

/** The memory of objects as this process reads it: in place, and safe from its own writes. */
export class Views {
  readonly #reader = new ObjectReader();

  constructor(private readonly surroundings: Surroundings) {}

  /**
   * An object's memory, there for as long as anybody has the `ArrayBuffer`.
   *
   * @param known Remembers it for the next one who asks.
   * @throws ERR_OBJECT_LOST
   */
  open(place: Place, known?: Known): MaybePromise<ArrayBuffer> {
    const opened = known?.opened?.deref();
    if (opened) return opened;
    return after(this.surroundings.memory.pin(place), (pinned) => this.#view(pinned, known));
  }

  /** Opens memory that is pinned; the pin goes with the `ArrayBuffer`. */
  openPinned({ key, at }: Pinned): ArrayBuffer {
    const { memory } = this.surroundings;
    return this.#reader.open(at, () => memory.unpin(key));
  }

  #view({ key, at }: Pinned, known: Known | undefined): ArrayBuffer {
    const { memory } = this.surroundings;
    // Another may have been as quick.
    const opened = known?.opened?.deref();
    if (opened) {
      memory.unpin(key);
      return opened;
    }
    const buffer = this.#reader.open(at, () => memory.unpin(key));
    if (known) known.opened = new WeakRef(buffer);
    return buffer;
  }
}
