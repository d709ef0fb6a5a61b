import type { Shape } from "../line/shape.js";
import { HostsByLoad } from "./hosts-by-load.js";
import type { WorkerState } from "./worker-state.js";

const none: ReadonlySet<WorkerState> = new Set();

/** The workers there are, and those that are to come. */
export class Workers {
  readonly hosts = new HostsByLoad();
  readonly #byName = new Map<string, WorkerState>();
  readonly #expected = new Map<string, WorkerState>();
  readonly #byPlace = new Map<string, Set<WorkerState>>();
  /** How often it has changed which there are. */
  #changes = 0;

  get all(): Iterable<WorkerState> {
    return this.#byName.values();
  }

  /** Those that could ever run something: also those that are to come. */
  get possible(): WorkerState[] {
    return [...this.#byName.values(), ...this.#expected.values()];
  }

  get size(): number {
    return this.#byName.size;
  }

  named(name: string): WorkerState | undefined {
    return this.#byName.get(name);
  }

  /** Those that serve a place. */
  at(place: string): ReadonlySet<WorkerState> {
    return this.#byPlace.get(place) ?? none;
  }

  add(worker: WorkerState): void {
    this.#changes++;
    this.#expected.delete(worker.name);
    this.#byName.set(worker.name, worker);
    this.hosts.add(worker);
    for (const place of worker.places) {
      const workers = this.#byPlace.get(place);
      if (workers) workers.add(worker);
      else this.#byPlace.set(place, new Set([worker]));
    }
  }

  remove(worker: WorkerState): void {
    this.#changes++;
    this.#byName.delete(worker.name);
    this.hosts.remove(worker);
    for (const place of worker.places) {
      const workers = this.#byPlace.get(place)!;
      workers.delete(worker);
      if (workers.size === 0) this.#byPlace.delete(place);
    }
  }

  expect(worker: WorkerState): void {
    this.#changes++;
    this.#expected.set(worker.name, worker);
  }

  /** Gives whether it was expected. */
  expectNoMore(name: string): boolean {
    this.#changes++;
    return this.#expected.delete(name);
  }

  /** Whether one that serves the place could ever run such a task. */
  isPossible(place: string, shape: Shape): boolean {
    if (shape.asOf !== this.#changes) {
      shape.possible.clear();
      shape.asOf = this.#changes;
    }
    let isPossible = shape.possible.get(place);
    if (isPossible === undefined) shape.possible.set(place, (isPossible = this.#couldRun(place, shape)));
    return isPossible;
  }

  #couldRun(place: string, shape: Shape): boolean {
    for (const worker of this.at(place)) if (worker.canEver(shape)) return true;
    for (const worker of this.#expected.values()) {
      if (worker.places.includes(place) && worker.canEver(shape)) return true;
    }
    return false;
  }
}
