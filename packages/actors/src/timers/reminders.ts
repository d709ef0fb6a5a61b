import { encode, maxDelay, TroupeError } from "@troupe/core";

import type { Cell } from "../cell/cell.js";
import { remindersKey } from "../state/kept-as.js";

/** Reminders that one actor may have. */
const maxReminders = 1_000;

/** When a reminder is due. */
export interface ReminderTime {
  /** Milliseconds from now; the period by default. */
  readonly after?: number | undefined;
  /** Milliseconds from one time to the next; once when absent. */
  readonly every?: number | undefined;
}

/** A reminder as it is kept. */
interface Reminder {
  readonly method: string;
  readonly args: readonly unknown[];
  /** Milliseconds since 1970. */
  due: number;
  readonly every: number | undefined;
}

/**
 * What an actor is to be reminded of by a call of one of its methods: kept in the cluster's storage, and so by the actor
 * that takes its place. A time that passed while there was none is made up for once.
 */
export class Reminders {
  readonly #reminders = new Map<string, Reminder>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #saved: Promise<unknown> = Promise.resolve();

  constructor(private readonly cell: Cell) {}

  /** How many there are. */
  get size(): number {
    return this.#reminders.size;
  }

  /** Takes up those that were kept. */
  async load(): Promise<void> {
    const key = await remindersKey(this.cell);
    const kept = await this.cell.runtime.storage.use((storage) => storage.get<[string, Reminder][]>(key));
    for (const [name, reminder] of kept ?? []) this.#start(name, reminder);
  }

  /**
   * Sets a reminder, in place of one of the same name. Resolves when it is kept.
   *
   * @throws ERR_CONFIG for a time that is none, a method that is not there, and one too many; ERR_NOT_SERIALIZABLE;
   *   what the storage throws. Nothing is set then.
   */
  async set(
    name: string,
    { every, after = every }: ReminderTime,
    method: string,
    args: readonly unknown[],
  ): Promise<void> {
    if (typeof name !== "string" || name === "") throw wrong("needs a name that is not empty");
    if (!isDelay(after, 0) || (every !== undefined && !isDelay(every, 1)))
      throw wrong(`"${name}" takes { after, every } in milliseconds, not ${after} and ${every}`);
    if (!this.cell.has(method)) throw wrong(`"${name}" calls "${method}", which the actor does not have`);
    if (this.#reminders.size >= maxReminders && !this.#reminders.has(name))
      throw wrong(`"${name}" would be one more than the ${maxReminders} that an actor may have`);
    // It would keep all others from being saved.
    encode(args);
    const before = this.#reminders.get(name);
    this.#start(name, { method, args, due: Date.now() + after, every });
    try {
      await this.#save();
    } catch (error) {
      if (before) this.#start(name, before);
      else this.#drop(name);
      throw error;
    }
  }

  /** Takes a reminder back. @returns Whether there was one. */
  async forget(name: string): Promise<boolean> {
    if (!this.#drop(name)) return false;
    await this.#save();
    return true;
  }

  /** Nothing is to be found of them any more. */
  async forgetAll(): Promise<void> {
    if (this.size === 0) return;
    this.#reminders.clear();
    await this.#save();
  }

  close(): void {
    for (const name of [...this.#timers.keys()]) this.#stop(name);
  }

  #start(name: string, reminder: Reminder): void {
    this.#stop(name);
    this.#reminders.set(name, reminder);
    const left = Math.min(Math.max(0, reminder.due - Date.now()), maxDelay);
    const timer = setTimeout(() => void this.#remind(name, reminder), left);
    this.#timers.set(name, timer);
  }

  async #remind(name: string, reminder: Reminder): Promise<void> {
    if (reminder.due > Date.now()) return this.#start(name, reminder);
    const { cell } = this;
    try {
      await cell.remind(reminder.method, reminder.args);
      if (this.#reminders.get(name) !== reminder || cell.isEnded) return;
      if (reminder.every === undefined) return void (await this.forget(name));
      // Times that were missed are not made up for one by one.
      const missed = Math.floor((Date.now() - reminder.due) / reminder.every);
      reminder.due += (missed + 1) * reminder.every;
      this.#start(name, reminder);
      await this.#save();
    } catch (error) {
      if (cell.isEnded) return;
      cell.runtime.node.log.error(
        { err: error, actor: cell.record.path, reminder: name },
        "a reminder could not be kept",
      );
    }
  }

  #drop(name: string): boolean {
    this.#stop(name);
    return this.#reminders.delete(name);
  }

  #stop(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  /** One save after the other, each of what there is then. */
  #save(): Promise<unknown> {
    const saved = this.#saved.then(async () => {
      const key = await remindersKey(this.cell);
      const reminders = [...this.#reminders];
      await this.cell.runtime.storage.use(async (storage) => {
        if (reminders.length === 0) await storage.delete(key);
        else await storage.put(key, reminders);
      });
    });
    this.#saved = saved.catch(() => {});
    return saved;
  }
}

function isDelay(value: number | undefined, least: number): value is number {
  return typeof value === "number" && value >= least && value <= Number.MAX_SAFE_INTEGER;
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `The reminder ${problem}.`);
}
