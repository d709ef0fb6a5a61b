import { suggestion, TroupeError } from "@troupe/core";

import type { MethodStats } from "../insight/method-stats.js";
import { shared } from "../shared.js";
import type { MethodOptions } from "./options.js";

/** A method of an actor, as calls reach it. */
export interface Method {
  readonly name: string;
  readonly run: (this: unknown, ...args: unknown[]) => unknown;
  /** Where it runs beside others. */
  readonly group: string | undefined;
  /** Whether its calls go before those that wait. */
  readonly urgent: boolean;
  /** The method that takes a whole batch. */
  readonly batch: string | undefined;
  /** Milliseconds after which a call is slow, where that is not for the process to say. */
  readonly slowCall: number | undefined;
  readonly stats: MethodStats;
}

/** Name of the method that an actor itself is, when it is a function. */
export const selfMethod = "";

const lifecycle = ["constructor", "onStart", "onStop", "onMessage", "onChildFailed"];

/** Whether calls may reach a member of that name at all. */
export function isPublic(name: string): boolean {
  return !lifecycle.includes(name) && !(name in Object.prototype);
}

/** The methods of a class that can be called: its own and inherited public ones, and no others. */
export class MethodTable {
  readonly #methods = new Map<string, Method>();

  /**
   * @param target An instance's prototype, or the function that the actor itself is.
   * @param options By method, as {@link ActorOptions.methods}.
   * @throws ERR_CONFIG for options of a method that is not there.
   */
  constructor(
    private readonly subject: string,
    target: object,
    private readonly options: Readonly<Record<string, MethodOptions>>,
  ) {
    if (typeof target === "function") this.#add(selfMethod, target);
    for (
      let object: object | null = target;
      isOwnKind(object);
      object = Object.getPrototypeOf(object) as object
    ) {
      for (const name of Object.getOwnPropertyNames(object)) {
        if (!isPublic(name) || this.#methods.has(name)) continue;
        const value: unknown = Object.getOwnPropertyDescriptor(object, name)?.value;
        if (typeof value === "function") this.#add(name, value);
      }
    }
    for (const [name, { batch }] of Object.entries(options)) {
      // What the constructor makes is not known before there is an instance, and so has no options.
      if (!this.#methods.has(name)) throw unknownMethod(subject, name, this.names);
      if (batch !== undefined && !this.#methods.has(batch))
        throw new TroupeError(
          "ERR_CONFIG",
          `${subject} has no method "${batch}" that takes batches of "${name}".`,
        );
    }
  }

  get(name: string): Method | undefined {
    return this.#methods.get(name);
  }

  get names(): string[] {
    return [...this.#methods.keys()].filter((name) => name !== selfMethod);
  }

  /** A method for a function that an instance has of its own. */
  of(name: string, run: unknown): Method {
    const { concurrencyGroup: group, system: urgent = false, batch, slowCall } = this.options[name] ?? {};
    const stats = shared.methods.of(this.subject, name);
    return { name, run: run as Method["run"], group, urgent, batch, slowCall: never(slowCall), stats };
  }

  #add(name: string, run: unknown): void {
    this.#methods.set(name, this.of(name, run));
  }
}

/** Milliseconds, with 0 for never. */
function never(slowCall: number | undefined): number | undefined {
  return slowCall === 0 ? Infinity : slowCall;
}

function unknownMethod(subject: string, name: string, known: readonly string[]): TroupeError {
  const meant = suggestion(name, known);
  const hint = meant === undefined ? `it has ${known.join(", ") || "none"}.` : `did you mean "${meant}"?`;
  return new TroupeError(
    "ERR_CONFIG",
    `The options of ${subject} name a method "${name}" that the class does not have; ${hint} A function that the constructor makes takes no options: write it as a method.`,
    { details: { class: subject, method: name, known } },
  );
}

function isOwnKind(object: object | null): object is object {
  return object !== null && object !== Object.prototype && object !== Function.prototype;
}
