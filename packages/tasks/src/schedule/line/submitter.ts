import { Rotation } from "../rotation.js";
import type { How, WorkerState } from "../worker/worker-state.js";
import type { Line } from "./line.js";
import type { Shape } from "./shape.js";
import type { TaskRecord } from "./task-record.js";

/** Lines among which the longest is looked for when a worker takes what others would rather have. */
const sample = 8;

/** Somebody who submits tasks, with the lines in which they wait. */
export class Submitter {
  /** What it was given so far, in core-milliseconds, from the moment it came. {@link Turns} keeps it. */
  served = 0;
  /** Tasks in its lines. */
  queued = 0;
  /** Tasks that workers have. */
  assigned = 0;
  /** Lines whose first task has not been looked at since they were empty. */
  readonly fresh = new Set<Line>();
  readonly #lines = new Map<string, Line[]>();
  /** Lines of which any worker may take when it has nothing else. */
  readonly #open = new Map<Shape, Rotation<Line>>();

  constructor(readonly name: string) {}

  line(place: string, shape: Shape): Line | undefined {
    const lines = this.#lines.get(place);
    if (lines) for (const line of lines) if (line.shape === shape) return line;
    return undefined;
  }

  /** All of its lines; those of now. */
  lines(): Line[] {
    return [...this.#lines.values()].flat();
  }

  addLine(line: Line): void {
    const { place, shape } = line;
    shape.lines++;
    const lines = this.#lines.get(place);
    if (lines) lines.push(line);
    else this.#lines.set(place, [line]);
    if (line.policy.openTo === undefined) return;
    let open = this.#open.get(shape);
    if (!open) this.#open.set(shape, (open = new Rotation()));
    open.add(line);
  }

  removeLine(line: Line): void {
    const { place, shape } = line;
    shape.lines--;
    this.fresh.delete(line);
    const lines = this.#lines.get(place)!;
    if (lines.length > 1) lines.splice(lines.indexOf(line), 1);
    else this.#lines.delete(place);
    const open = this.#open.get(shape);
    open?.delete(line);
    if (open?.size === 0) this.#open.delete(shape);
  }

  /**
   * The oldest task that the worker can take so: of the lines that it serves, or from `elsewhere`.
   *
   * @param tooBig Told of lines whose first task has to wait only because the worker is not empty enough.
   */
  find(worker: WorkerState, how: How, tooBig: (line: Line) => void): TaskRecord | undefined {
    if (how === "elsewhere") return this.#findElsewhere(worker);
    let oldest: TaskRecord | undefined;
    for (const place of worker.places) {
      const lines = this.#lines.get(place);
      if (lines === undefined) continue;
      for (const line of lines) {
        const first = line.first!;
        if (worker.takes(first, how)) {
          if (oldest === undefined || first.order < oldest.order) oldest = first;
        } else if (how === "start" && worker.isTooFullFor(line.shape)) tooBig(line);
      }
    }
    return oldest;
  }

  #findElsewhere(worker: WorkerState): TaskRecord | undefined {
    if (worker.isBundle) return undefined;
    for (const [shape, open] of this.#open) {
      if (!worker.hasRoomFor(shape)) continue;
      let longest: Line | undefined;
      for (let i = Math.min(sample, open.size); i > 0; i--) {
        const line = open.next()!;
        if (longest === undefined || line.length > longest.length) longest = line;
      }
      return longest?.first;
    }
    return undefined;
  }
}
