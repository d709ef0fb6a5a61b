import { type TaskNeeds, toUnits, unitsKey } from "../amounts.js";
import type { WorkerState } from "../worker/worker-state.js";
import { Shape } from "./shape.js";

/** Shapes without tasks that are kept all the same, since tasks of them are likely to come again. */
const spare = 64;

/** The needs that tasks have, each once. */
export class Shapes {
  readonly #byKey = new Map<string, Shape>();
  #last: { needs: TaskNeeds; shape: Shape } | undefined;
  /** The fewest cores that a task of any shape needs, in units. */
  leastCpu = Infinity;

  get all(): Iterable<Shape> {
    return this.#byKey.values();
  }

  /**
   * @param workers Those that may have room for a shape that is new.
   * @throws ERR_CONFIG
   */
  of(needs: TaskNeeds, workers: () => Iterable<WorkerState>): Shape {
    if (this.#last?.needs === needs) return this.#last.shape;
    const units = toUnits("A task's needs", needs);
    const key = unitsKey(units);
    const shape = this.#byKey.get(key) ?? this.#add(new Shape(key, units), workers());
    this.#last = { needs, shape };
    return shape;
  }

  #add(shape: Shape, workers: Iterable<WorkerState>): Shape {
    if (this.#byKey.size >= spare) this.#dropUnused();
    this.#byKey.set(shape.key, shape);
    this.leastCpu = Math.min(this.leastCpu, shape.needs.cpu);
    for (const worker of workers) worker.offer(shape);
    return shape;
  }

  #dropUnused(): void {
    for (const [key, { lines }] of this.#byKey) if (lines === 0) this.#byKey.delete(key);
    this.#last = undefined;
    this.leastCpu = Math.min(...[...this.#byKey.values()].map(({ needs }) => needs.cpu));
  }
}
