import { Room, toUnits, type Units } from "../amounts.js";
import type { Line } from "../line/line.js";
import type { Shape } from "../line/shape.js";
import type { TaskRecord } from "../line/task-record.js";
import type { Prefetch } from "../prefetch.js";
import type { Worker } from "./worker.js";

/**
 * How a worker takes a task: to `start` it, of the places that it serves; to start it though others would rather
 * have it; or to `queue` it behind those that it has.
 */
export type How = "start" | "elsewhere" | "queue";

/** A worker with what it has been given. */
export class WorkerState {
  readonly name: string;
  readonly host: string;
  readonly isBundle: boolean;
  readonly capacity: Units;
  /** Those that run, or are blocked. */
  readonly running = new Set<TaskRecord>();
  /** Those that lie behind them, in order. */
  readonly waiting = new Set<TaskRecord>();
  /** Of the running ones those that wait for their cores. */
  readonly resuming = new Set<TaskRecord>();
  /** Whether what is free has been offered to all who wait: only then may somebody who comes anew have it. */
  isSettled = false;
  /** The line for whose first task it is kept free. */
  reservedFor: Line | undefined;
  /** How many that it has are recalled. */
  recalled = 0;
  /** How many of `running` are blocked. */
  blocked = 0;
  readonly #room: Room;
  readonly #total: Room;
  /** Milliseconds that `waiting` is thought to take. */
  #waitingTime = 0;
  /** How many of `running` take long, or nobody knows how long. */
  #long = 0;

  constructor(
    readonly worker: Worker,
    /** Which lines it serves. */
    readonly places: readonly string[],
    private readonly prefetch: Prefetch,
  ) {
    this.name = worker.name;
    this.host = worker.host;
    this.isBundle = worker.bundle !== undefined;
    this.capacity = toUnits(`Worker ${worker.name}`, worker.capacity);
    this.#room = new Room(this.capacity);
    this.#total = new Room(this.capacity);
  }

  get load(): number {
    return this.running.size + this.waiting.size;
  }

  canEver(shape: Shape): boolean {
    return this.#total.fits(shape.needs);
  }

  /** Whether such a task could start now; what lies here, and what goes on, comes first. */
  hasRoomFor(shape: Shape): boolean {
    return this.waiting.size === 0 && this.resuming.size === 0 && this.#room.fits(shape.needs);
  }

  /** Whether such a task could start here if others ended. */
  isTooFullFor(shape: Shape): boolean {
    return !this.#room.fits(shape.needs) && this.canEver(shape);
  }

  /** Whether a task of one shape takes of all that one of the other is waiting for, and so keeps it waiting. */
  isKeptFrom(shape: Shape, other: Shape): boolean {
    return this.#room.isKeptFrom(shape.needs, other.needs);
  }

  /** Whether the cores that are free are fewer than these. */
  hasFewerThan(cpu: number): boolean {
    return !this.#room.fitsCpu(cpu);
  }

  /** Whether it takes the first task of a line so. */
  takes({ line, estimate }: TaskRecord, how: How): boolean {
    if (this.reservedFor !== undefined && this.reservedFor !== line) return false;
    return how === "queue" ? this.#hasPatienceFor(line.shape, estimate.ms) : this.hasRoomFor(line.shape);
  }

  #hasPatienceFor(shape: Shape, expected: number): boolean {
    return (
      this.hasPatience() &&
      shape.needsCoresAlone &&
      this.#waitingTime + expected <= this.prefetch.ms * this.running.size &&
      !this.hasRoomFor(shape) &&
      this.canEver(shape)
    );
  }

  /** Whether more may lie here: only behind tasks that are soon over. */
  hasPatience(): boolean {
    return (
      this.#long === 0 &&
      this.running.size > 0 &&
      this.resuming.size === 0 &&
      this.reservedFor === undefined &&
      this.waiting.size < this.prefetch.tasks &&
      this.#waitingTime < this.prefetch.ms * this.running.size
    );
  }

  /** Makes itself known to tasks of a shape that are yet to come. */
  offer(shape: Shape): void {
    if (this.isBundle || !this.isSettled || this.reservedFor !== undefined) return;
    if (this.hasRoomFor(shape)) shape.starting.add(this);
    else if (shape.needsCoresAlone && this.hasPatience() && this.canEver(shape)) shape.queueing.add(this);
  }

  start(record: TaskRecord): void {
    this.#room.take(record.line.shape.needs);
    record.state = "running";
    record.worker = this;
    this.running.add(record);
    if (this.#isLong(record)) this.#long++;
  }

  queue(record: TaskRecord): void {
    record.state = "waiting";
    record.worker = this;
    this.waiting.add(record);
    this.#waitingTime += record.expected;
  }

  /** Takes a task away, in whatever state. Those that lie here start as they fit; what goes on is returned. */
  release(record: TaskRecord): TaskRecord[] {
    const { needs } = record.line.shape;
    if (record.state === "waiting") this.#unqueue(record);
    else {
      this.running.delete(record);
      this.resuming.delete(record);
      if (this.#isLong(record)) this.#long--;
      this.#room.give(needs);
      if (record.state !== "running") this.#room.takeCpu(needs.cpu);
      if (record.state === "blocked") this.blocked--;
    }
    return this.#goOn();
  }

  /** A running task lends its cores. What goes on is returned. */
  block(record: TaskRecord): TaskRecord[] {
    record.state = "blocked";
    this.blocked++;
    this.#room.giveCpu(record.line.shape.needs.cpu);
    return this.#goOn();
  }

  /** A blocked task is to have its cores again, at once or before all others. What goes on is returned. */
  unblock(record: TaskRecord): TaskRecord[] {
    record.state = "resuming";
    this.blocked--;
    this.resuming.add(record);
    return this.#goOn();
  }

  #goOn(): TaskRecord[] {
    const resumed: TaskRecord[] = [];
    for (const record of this.resuming) {
      const { cpu } = record.line.shape.needs;
      if (!this.#room.fitsCpu(cpu)) return resumed;
      this.#room.takeCpu(cpu);
      this.resuming.delete(record);
      record.state = "running";
      resumed.push(record);
    }
    for (const record of this.waiting) {
      if (!this.#room.fits(record.line.shape.needs)) break;
      this.#unqueue(record);
      this.start(record);
    }
    return resumed;
  }

  #unqueue(record: TaskRecord): void {
    this.waiting.delete(record);
    this.#waitingTime = this.waiting.size === 0 ? 0 : this.#waitingTime - record.expected;
  }

  #isLong({ expected }: TaskRecord): boolean {
    return expected > this.prefetch.ms;
  }
}
