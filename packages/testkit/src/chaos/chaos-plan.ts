import { TroupeError } from "@troupe/core";

import { randomOf } from "./random.js";

/**
 * What may be done to a victim: `kill` (SIGKILL) and `freeze` (SIGSTOP, then SIGCONT) to a process, `cut` (nothing
 * passes) and `reset` (every connection ends) to a link.
 */
export type ChaosAction = "kill" | "freeze" | "cut" | "reset";

/** Least and most milliseconds. */
export type Span = readonly [least: number, most: number];

/** What a sequence of steps is made from. */
export interface ChaosPlanOptions {
  /** A whole number, of which the lowest 32 bits count. */
  readonly seed: number;
  /** Milliseconds from one step to the next on average; each pause is between half and three halves of it. */
  readonly every: number;
  /** How often each is done, relative to the others: `{ kill: 5, freeze: 1 }`. One that is not named is not done. */
  readonly actions: Readonly<Partial<Record<ChaosAction, number>>>;
  /** How long a frozen process stands; [50, 500] by default. */
  readonly freezeFor?: Span | undefined;
  /** How long a link stays cut or refuses; [50, 500] by default. */
  readonly cutFor?: Span | undefined;
}

/** One step: wait, then do this to that one. */
export interface ChaosStep {
  /** Milliseconds after the step before. */
  readonly pause: number;
  readonly action: ChaosAction;
  /** In [0, 1): which of those that it can be done to, see {@link victimOf}. */
  readonly draw: number;
  /** Milliseconds until it is undone; 0 for what cannot be. */
  readonly lasts: number;
}

const allActions: readonly ChaosAction[] = ["kill", "freeze", "cut", "reset"];
const defaultSpan: Span = [50, 500];

/** An endless sequence of steps that depends on nothing but its options. @throws ERR_CONFIG before the first step. */
export function chaosPlan(options: ChaosPlanOptions): Generator<ChaosStep, never> {
  checkPlan(options);
  return steps(options);
}

function* steps({
  seed,
  every,
  actions,
  freezeFor = defaultSpan,
  cutFor = defaultSpan,
}: ChaosPlanOptions): Generator<ChaosStep, never> {
  const random = randomOf(seed);
  const within = ([least, most]: Span) => least + random() * (most - least);
  for (;;) {
    const pause = within([every / 2, every * 1.5]);
    const action = weighted(actions, random());
    const draw = random();
    // Drawn for each step, so that a change of the weights leaves the pauses as they were.
    const [standing, apart] = [within(freezeFor), within(cutFor)];
    yield { pause, action, draw, lasts: action === "kill" ? 0 : action === "freeze" ? standing : apart };
  }
}

/** The one that a step is about among those that its action can be done to, in the order of their names. */
export function victimOf<V extends { readonly name: string }>(
  { draw }: Pick<ChaosStep, "draw">,
  candidates: readonly V[],
): V | undefined {
  const sorted = [...candidates].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return sorted[Math.floor(draw * sorted.length)];
}

function weighted(actions: ChaosPlanOptions["actions"], draw: number): ChaosAction {
  const possible = allActions.filter((action) => (actions[action] ?? 0) > 0);
  let left = draw * possible.reduce((sum, action) => sum + actions[action]!, 0);
  return possible.find((action) => (left -= actions[action]!) < 0) ?? possible.at(-1)!;
}

function checkPlan({ seed, every, actions, freezeFor, cutFor }: ChaosPlanOptions): void {
  if (!Number.isSafeInteger(seed)) throw wrong("seed", "a whole number", seed);
  if (!(every > 0 && every < Infinity)) throw wrong("every", "milliseconds above 0", every);
  for (const [name, weight] of Object.entries(actions)) {
    if (!allActions.includes(name as ChaosAction))
      throw wrong("actions", `an object of weights by ${allActions.join(", ")}`, name);
    if (!(weight >= 0 && weight < Infinity)) throw wrong(`actions.${name}`, "a weight from 0", weight);
  }
  if (!Object.values(actions).some((weight) => weight > 0))
    throw wrong("actions", "of some weight", JSON.stringify(actions));
  for (const [name, span] of Object.entries({ freezeFor, cutFor })) {
    if (span !== undefined && !(span[0] >= 0 && span[0] <= span[1] && span[1] < Infinity))
      throw wrong(name, "[least, most] milliseconds", span.join(" to "));
  }
}

function wrong(option: string, must: string, is: unknown): TroupeError {
  return new TroupeError("ERR_CONFIG", `${option} of chaos must be ${must}, not ${String(is)}.`);
}
