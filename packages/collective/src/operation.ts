import { type TroupeError, type WaitOptions } from "@troupe/core";

import type { Agreed, Call, Calls } from "./call.js";
import type { Numbers } from "./elements.js";
import type { Members } from "./members.js";
import type { Memory } from "./memory.js";
import type { Fold } from "./reduction.js";
import type { Shape } from "./shapes.js";
import type { SharedArrays } from "./shared-arrays.js";
import type { Turns } from "./turns.js";
import type { Waiting } from "./waiting.js";

/** What a member stands on. */
export interface Ground {
  readonly memory: Memory;
  readonly members: Members;
  readonly waiting: Waiting;
  readonly turns: Turns;
  readonly calls: Calls;
  readonly arrays: SharedArrays;
}

/** What this member calls. */
export interface Request {
  readonly call: Call;
  /** What it gives. */
  readonly input?: Numbers | undefined;
  /** Where it wants to have what it gets. */
  readonly into?: Numbers | undefined;
  /** Why it was refused here. The others hear of it, so that all stay in step. */
  readonly problem?: TroupeError | undefined;
}

/** An operation that all members have called, from here on. */
export interface Operation extends Agreed {
  readonly ground: Ground;
  readonly what: string;
  readonly wait: WaitOptions;
  readonly shape: Shape;
  readonly root: number;
  /** Calls of all members, by rank. */
  readonly calls: readonly Call[];
  readonly input: Numbers | undefined;
  /** What this member gets, if it gets something. */
  readonly target: Numbers | undefined;
  readonly fold: Fold | undefined;
  /** Who gives something, by rank. */
  readonly givers: readonly number[];
  /** Whether the first piece of all givers is in their slots. */
  readonly hasBegun: boolean;
}
