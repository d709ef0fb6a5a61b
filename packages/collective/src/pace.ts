import { setImmediate as turnOfTheLoop } from "node:timers/promises";

/** Milliseconds of work between two turns of the event loop. */
const stretch = 2;

/** Lets the event loop turn now and then during long work. */
export class Pace {
  #end = performance.now() + stretch;

  /** Whether it is time for {@link rest}. */
  get isOver(): boolean {
    return performance.now() > this.#end;
  }

  async rest(): Promise<void> {
    await turnOfTheLoop();
    this.#end = performance.now() + stretch;
  }
}
