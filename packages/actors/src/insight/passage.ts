import type { Cell } from "../cell/cell.js";

/** An actor that starts or stops. */
export interface Passage {
  readonly cell: Cell;
  readonly what: "starting" | "stopping";
  /** What it is at: `its onStart()`. */
  at: string;
  /** When it began, in `performance.now()` milliseconds. */
  readonly since: number;
}
