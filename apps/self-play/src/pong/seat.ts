import { draw, frameBytes, look, sightings, stackBytes, stackSize } from "./frame.js";
import type { Pong, Side } from "./pong.js";

/** More steps than there are between two contacts of a side. */
const mostSteps = 32;
/** Frames that an observation has beside its newest. */
const before = stackSize - 1;

/**
 * What a side sees of a game, since the ball was last with it. Each frame is drawn once and stands beside the one
 * before it, so that the observation of each step is a window onto this film.
 */
export class Seat {
  readonly #film = new Uint8Array((mostSteps + before) * frameBytes);
  readonly #seen = new Float32Array((mostSteps + before) * sightings);
  #steps = 0;

  constructor(
    private readonly game: Pong,
    private readonly side: Side,
  ) {
    this.begin();
  }

  /** Steps that were seen; the newest is the last of them. */
  get steps(): number {
    return this.#steps;
  }

  /** A new rally: all frames of the first observation are the same. */
  begin(): void {
    this.#draw(0);
    this.#copyFrame(0, 1, stackSize);
    this.#steps = 1;
  }

  /** The next step. */
  advance(): void {
    this.#draw(this.#steps++ + before);
  }

  /** The next step, and the ones before it are done with. */
  goOn(): void {
    const from = this.#steps;
    this.#film.copyWithin(0, from * frameBytes, (from + before) * frameBytes);
    this.#seen.copyWithin(0, from * sightings, (from + before) * sightings);
    this.#draw(before);
    this.#steps = 1;
  }

  /** The observation of a step, 4 × 84 × 84: a view. */
  observation(step: number): Uint8Array {
    return this.#film.subarray(step * frameBytes, step * frameBytes + stackBytes);
  }

  /** What is to be found in the newest observation: a view. */
  sight(): Float32Array {
    const from = (this.#steps - 1) * sightings;
    return this.#seen.subarray(from, from + stackSize * sightings);
  }

  #draw(index: number): void {
    const frame = this.#film.subarray(index * frameBytes, (index + 1) * frameBytes);
    draw(this.game, this.side, frame);
    look(frame, this.#seen, index * sightings);
  }

  #copyFrame(from: number, start: number, end: number): void {
    for (let to = start; to < end; to++) {
      this.#film.copyWithin(to * frameBytes, from * frameBytes, (from + 1) * frameBytes);
      this.#seen.copyWithin(to * sightings, from * sightings, (from + 1) * sightings);
    }
  }
}
