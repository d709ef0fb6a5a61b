import { actorOf, type Remote } from "@troupe/actors";
import { isTroupeError } from "@troupe/core";

import { Board } from "../server/board.js";
import type { ParameterCaptain } from "../server/captain.js";
import type { Answer, ParameterOfficer } from "../server/officer.js";

/** Times that something is tried again which was lost with its process. */
export const attempts = 8;

/** An officer as its clients have it: what they read on its board need not be asked for. */
export class Desk {
  /** Where tags are on the board. */
  readonly #places = new Map<string, number>();

  private constructor(
    readonly officer: Remote<ParameterOfficer>,
    private readonly board: Board | undefined,
  ) {}

  /**
   * The one for this process.
   *
   * @param host Its host.
   * @param dead The one that it had before, and found dead.
   */
  static async open(captain: Remote<ParameterCaptain>, host: string, dead?: Desk): Promise<Desk> {
    let id = dead && actorOf(dead.officer).id;
    for (let left = attempts; ; left--) {
      const officer = await captain.officerFor.with({ retries: Infinity })(host, id);
      if (actorOf(officer).host !== host) return new Desk(officer, undefined);
      try {
        const name = await officer.boardName();
        return new Desk(officer, name === undefined ? undefined : openBoard(name));
      } catch (error) {
        // The captain does not know yet that it has died.
        if (left <= 0 || !isTroupeError(error, "ERR_ACTOR_DIED")) throw error;
        ({ id } = actorOf(officer));
      }
    }
  }

  /** Whether its officer is known to be gone. */
  get isAbandoned(): boolean {
    return this.board?.isAbandoned === true;
  }

  /** The newest version of a tag; `undefined` when only the officer can tell. */
  newest(tag: string): number | undefined {
    const place = this.#places.get(tag);
    return place === undefined ? undefined : this.board?.newest(place);
  }

  async ask(
    tag: string,
    newerThan: number,
    isPatient: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Answer["record"]> {
    const { place, record } = await this.officer.pull.with({ signal })(tag, newerThan, isPatient);
    if (this.board?.has(place)) this.#places.set(tag, place);
    return record;
  }

  close(): void {
    this.board?.close();
  }
}

/** One that cannot be opened is done without: its officer has just ended, or the process has a shared memory of its own. */
function openBoard(name: string): Board | undefined {
  try {
    return Board.open(name);
  } catch (error) {
    if (isTroupeError(error)) return undefined;
    throw error;
  }
}
