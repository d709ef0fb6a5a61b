import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** What a fleet of actors is made of. */
export interface FleetOptions {
  readonly group: string;
  readonly registry: string;
  readonly actors: number;
  readonly seed: number;
  /** Milliseconds an episode takes; the first actor is a straggler and takes ten times as long. */
  readonly episodeTime: number;
  /** Told when an actor was killed and is replaced. */
  readonly onReplaced: (name: string, signal: string) => void;
  /** Told when an actor ended by itself: another of its kind would as well. */
  readonly onFailed: (error: Error) => void;
  /** Once aborted, no actor is replaced: a signal from a terminal reaches the actors, too. */
  readonly signal: AbortSignal;
}

/** The actors' processes. One that is killed is replaced by one of the same name. */
export class Fleet {
  readonly #children = new Map<string, ChildProcess>();
  #replaced = 0;
  #stopping = false;

  constructor(private readonly options: FleetOptions) {
    for (let index = 0; index < options.actors; index++) this.#start(index);
  }

  get replaced(): number {
    return this.#replaced;
  }

  /** Ends one actor the hard way, as a crash would. */
  kill(index: number): void {
    this.#children.get(nameOf(index))?.kill("SIGKILL");
  }

  /** Lets go of the actors: those that still run are to end, see actor.ts. Resolves when all have ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const running = [...this.#children.values()];
    await Promise.all(
      running.map(async (child) => {
        if (child.connected) child.disconnect();
        await once(child, "exit");
      }),
    );
  }

  #start(index: number): void {
    const { group, registry, seed, episodeTime } = this.options;
    const name = nameOf(index);
    // A replacement explores on its own, not as its predecessor did again.
    const args = [
      group,
      registry,
      name,
      seed + index + 1000 * this.#replaced,
      episodeTime * (index === 0 ? 10 : 1),
    ];
    const child = fork(new URL("./actor.js", import.meta.url), args.map(String));
    this.#children.set(name, child);
    child.once("exit", (code, signal) => {
      this.#children.delete(name);
      if (this.#stopping || this.options.signal.aborted) return;
      if (!signal)
        return this.options.onFailed(new Error(`${name} ended by itself, with exit code ${code}.`));
      this.#replaced++;
      this.options.onReplaced(name, signal);
      this.#start(index);
    });
  }
}

function nameOf(index: number): string {
  return `actor-${index}`;
}
