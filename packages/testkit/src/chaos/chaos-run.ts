import { cancelledError } from "@troupe/core";

import { type ChaosAction, type ChaosPlanOptions, type ChaosStep, victimOf } from "./chaos-plan.js";
import { Descendants } from "./descendants.js";
import { isLink, type LinkVictim, type ProcessVictim, type Victim } from "./victim.js";

/** What a run of chaos does, to whom, and until when: `for`, `until`, or whichever comes first. */
export interface ChaosRunOptions extends Omit<ChaosPlanOptions, "seed"> {
  /** Asked at each step, since victims come and go. */
  readonly targets: () => readonly Victim[];
  /** Milliseconds. */
  readonly for?: number | undefined;
  /** Asked at the start and before each step; `true` ends the run. */
  readonly until?: (() => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Something that was done. */
export interface ChaosDeed {
  readonly action: ChaosAction;
  /** Its name. */
  readonly victim: string;
  /** Milliseconds until it is undone, unless the run ends before; 0 for a kill. */
  readonly lasts: number;
}

/** One run: carries out a plan, and undoes what can be undone. */
export class ChaosRun {
  readonly #descendants = new Descendants();
  /** What is frozen, by pid, or cut, by link. */
  readonly #toUndo = new Map<unknown, { readonly undo: () => void; readonly timer: NodeJS.Timeout }>();
  #wake: (() => void) | undefined;
  #isEnded = false;

  constructor(
    private readonly plan: Iterable<ChaosStep>,
    private readonly options: ChaosRunOptions,
    private readonly note: (deed: ChaosDeed) => void,
  ) {}

  /** Carries it out; resolves when its time is over, or {@link end} was called. */
  async carryOut(): Promise<void> {
    const { for: duration = Infinity, signal } = this.options;
    const over = performance.now() + duration;
    const end = () => this.end();
    signal?.addEventListener("abort", end);
    try {
      if (!this.#goesOn()) return;
      for (const step of this.plan) {
        const left = over - performance.now();
        await this.#pause(Math.min(step.pause, left));
        if (!this.#goesOn() || left <= step.pause) return;
        this.#take(step);
      }
    } finally {
      signal?.removeEventListener("abort", end);
      this.end();
    }
  }

  /** Undoes all, and does nothing more. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
    for (const key of [...this.#toUndo.keys()]) this.#undo(key);
  }

  /** @throws ERR_CANCELLED */
  #goesOn(): boolean {
    const { until, signal } = this.options;
    if (signal?.aborted) throw cancelledError("A run of chaos", signal);
    return !this.#isEnded && until?.() !== true;
  }

  #take(step: ChaosStep): void {
    const targets = this.options.targets();
    const links = targets.filter(isLink);
    const processes = targets.filter((victim): victim is ProcessVictim => !isLink(victim));
    this.#descendants.admit(processes);
    const { action, lasts } = step;
    const isForLinks = action === "cut" || action === "reset";
    const victim = isForLinks ? this.#hitLink(step, links) : this.#hitProcess(step, processes);
    if (victim !== undefined) this.note({ action, victim, lasts });
  }

  #hitLink(step: ChaosStep, links: readonly LinkVictim[]): string | undefined {
    const victim = victimOf(step, links);
    if (victim === undefined || this.#toUndo.has(victim.link)) return undefined;
    const { name, link } = victim;
    link.cut(step.action === "reset" ? "reset" : "silent");
    this.#undoLater(link, step.lasts, () => link.restore());
    return name;
  }

  #hitProcess(step: ChaosStep, processes: readonly ProcessVictim[]): string | undefined {
    const victim = victimOf(step, processes);
    if (victim === undefined) return undefined;
    const { name, pid } = victim;
    if (step.action === "kill") return this.#descendants.kill(pid) ? name : undefined;
    const undo = this.#toUndo.has(pid) ? undefined : this.#descendants.freeze(pid);
    if (undo === undefined) return undefined;
    this.#undoLater(pid, step.lasts, undo);
    return name;
  }

  #undoLater(key: unknown, milliseconds: number, undo: () => void): void {
    this.#toUndo.set(key, { undo, timer: setTimeout(() => this.#undo(key), milliseconds) });
  }

  #undo(key: unknown): void {
    const entry = this.#toUndo.get(key);
    this.#toUndo.delete(key);
    clearTimeout(entry?.timer);
    entry?.undo();
  }

  async #pause(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  }
}
