import { TroupeError } from "@troupe/core";

import { formOf } from "./elements.js";
import { callNumbers, type Memory, nameBytes } from "./memory.js";
import { reductions } from "./reduction.js";

/** Operations that all members call, in the order of their numbers in shared memory. */
export const kinds = [
  "barrier",
  "broadcast",
  "reduce",
  "allreduce",
  "gather",
  "allgather",
  "scatter",
  "reduceScatter",
  "allToAll",
] as const;

export type Kind = (typeof kinds)[number];

/** How a reduction is done; `auto` has been decided. */
export const algorithms = ["direct", "ring", "tree"] as const;

/** An array in shared memory that all members reach. */
export interface Place {
  /** Of its segment. */
  readonly name: string;
  /** Bytes before it. */
  readonly offset: number;
}

/** What a member calls, as the others see it. Numbers are -1 where they mean nothing, or are left to the root. */
export interface Call {
  readonly kind: Kind;
  /** Whether it was wrong in itself. */
  readonly isRefused: boolean;
  /** The number of the type of its elements. */
  readonly type: number;
  /** Elements of a part: of what a member gives, or of what it gives each. */
  readonly unit: number;
  readonly reduction: number;
  readonly root: number;
  readonly algorithm: number;
  /** Where what it gives lies, if others reach that. */
  readonly input?: Place | undefined;
  /** Where what it gets is to be, if others reach that. */
  readonly output?: Place | undefined;
}

/** What all members have called. */
export interface Agreed {
  readonly type: number;
  readonly unit: number;
}

/** The calls of the members: each other one is at the same place, see {@link Memory}. */
export class Calls {
  readonly #memory: Memory;
  readonly #rank: number;
  #which = 0;

  constructor(memory: Memory, rank: number) {
    this.#memory = memory;
    this.#rank = rank;
  }

  publish(call: Call): void {
    this.#which = 1 - this.#which;
    const { calls, names } = this.#memory.members[this.#rank]!;
    const { input, output } = call;
    calls.set(
      [
        kinds.indexOf(call.kind),
        call.isRefused ? 1 : 0,
        call.type,
        call.unit,
        call.reduction,
        call.root,
        call.algorithm,
        input === undefined ? -1 : input.offset,
        output === undefined ? -1 : output.offset,
      ],
      this.#which * callNumbers,
    );
    if (input !== undefined) writeName(names, 2 * this.#which, input.name);
    if (output !== undefined) writeName(names, 2 * this.#which + 1, output.name);
  }

  /** Those of all members, by rank, once all have come to this turn. */
  all(): Call[] {
    return this.#memory.members.map(({ calls, names }) => {
      const at = this.#which * callNumbers;
      const place = (index: number, which: number): Place | undefined => {
        const offset = calls[at + index]!;
        return offset < 0 ? undefined : { name: readName(names, 2 * this.#which + which), offset };
      };
      return {
        kind: kinds[calls[at]!]!,
        isRefused: calls[at + 1] === 1,
        type: calls[at + 2]!,
        unit: calls[at + 3]!,
        reduction: calls[at + 4]!,
        root: calls[at + 5]!,
        algorithm: calls[at + 6]!,
        input: place(7, 0),
        output: place(8, 1),
      };
    });
  }
}

/** What the calls have in common, or the error that each member gets because of them: the same for all. */
export function agreementOf(calls: readonly Call[], group: string): Agreed | TroupeError {
  const problem = (code: "ERR_CONFIG" | "ERR_SCHEMA", member: number, what: string) =>
    new TroupeError(code, `The members of the group ${group} do not call the same: ${what}.`, {
      details: { group, member },
    });
  const refused = calls.findIndex(({ isRefused }) => isRefused);
  if (refused >= 0)
    return problem(
      "ERR_CONFIG",
      refused,
      `the ${calls[refused]!.kind} of member ${refused} was refused there`,
    );
  const first = calls[0]!;
  for (const [rank, call] of calls.entries()) {
    if (call.kind !== first.kind)
      return problem("ERR_CONFIG", rank, `member 0 calls ${first.kind}, member ${rank} calls ${call.kind}`);
    const options = [
      ["root", call.root, first.root],
      ["op", reductions[call.reduction], reductions[first.reduction]],
      ["algorithm", algorithms[call.algorithm], algorithms[first.algorithm]],
    ] as const;
    for (const [name, own, theirs] of options) {
      if (own === theirs) continue;
      const what = `for ${call.kind}, ${name} is ${theirs} in member 0, and ${own} in member ${rank}`;
      return problem("ERR_CONFIG", rank, what);
    }
  }
  // Where the root alone gives, the others may leave it to it what they get.
  const giver = first.kind === "broadcast" || first.kind === "scatter" ? first.root : 0;
  const { type, unit } = calls[giver]!;
  for (const [rank, call] of calls.entries()) {
    if (call.type === -1 || (call.type === type && call.unit === unit)) continue;
    const forms = `${formOf(type, unit)} in member ${giver}, and ${formOf(call.type, call.unit)} in member ${rank}`;
    return problem("ERR_SCHEMA", rank, `for ${first.kind}, each member's part is ${forms}`);
  }
  return { type, unit };
}

function writeName(names: Uint8Array, index: number, name: string): void {
  const bytes = Buffer.from(names.buffer, names.byteOffset + index * nameBytes, nameBytes);
  bytes[bytes.write(name, "latin1")] = 0;
}

function readName(names: Uint8Array, index: number): string {
  const bytes = Buffer.from(names.buffer, names.byteOffset + index * nameBytes, nameBytes);
  return bytes.toString("latin1", 0, bytes.indexOf(0));
}
