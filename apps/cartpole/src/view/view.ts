import type { Logger } from "@troupe/dist";
import { createLogUpdate } from "log-update";

import type { Plan } from "../plan.js";
import type { Status } from "../progress/status.js";
import { lineOf, linesOf } from "./lines.js";

/** Milliseconds between two lines where there is no terminal. */
const pace = 1_000;

/** Shows how a training stands: in place on a terminal, else a line a second. What happens is told above it. */
export class View {
  readonly #update = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  readonly #returns: number[] = [];
  readonly #losses: number[] = [];
  #status: Status | undefined;
  #due = 0;

  constructor(private readonly plan: Plan) {}

  /** For what the cluster and its pools have to say. */
  get log(): Logger {
    const tell = (_fields: object, message: string) => this.#tell([message]);
    return { debug: () => {}, info: tell, warn: tell, error: tell };
  }

  show(status: Status): void {
    this.#status = status;
    if (status.return !== undefined) this.#returns.push(status.return);
    if (status.loss !== undefined) this.#losses.push(status.loss);
    this.#tell(status.news);
    if (this.#update) return this.#draw();
    if (performance.now() < this.#due) return;
    this.#due = performance.now() + pace;
    console.log(lineOf(status));
  }

  /** Leaves the last status there. */
  close(): void {
    if (this.#update) this.#update.done();
    else if (this.#status) console.log(lineOf(this.#status));
  }

  #draw(): void {
    if (this.#status) this.#update?.(linesOf(this.plan, this.#status, this.#returns, this.#losses));
  }

  #tell(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#update?.clear();
    for (const line of lines) console.log(line);
    this.#draw();
  }
}
