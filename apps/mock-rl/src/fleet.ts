import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** Actor processes a run replaces at most, for each that it started with: more means that they cannot live. */
const replacementsEach = 5;

/** What a fleet of actors is made of. */
export interface FleetOptions {
  readonly group: string;
  /** Empty for this machine's own. */
  readonly registry: string;
  readonly actors: number;
  readonly seed: number;
  /** Milliseconds an episode takes; the first actor is a straggler and takes ten times as long. */
  readonly episodeTime: number;
  /** Told when an actor died and was replaced. */
  readonly onReplaced: (name: string, cause: string) => void;
  /** Told when actors keep dying; the fleet starts no more. */
  readonly onHopeless: (error: Error) => void;
}

/** The actors' processes. One that dies is replaced by one of the same name. */
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

  /** From now on no actor is replaced; resolves when all have ended. Those that still run get `signal`, if one is given. */
  async stop(signal?: NodeJS.Signals): Promise<void> {
    this.#stopping = true;
    const running = [...this.#children.values()];
    await Promise.all(
      running.map(async (child) => {
        if (signal) child.kill(signal);
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
      if (this.#stopping) return;
      const cause = signal ?? `exit code ${code}`;
      if (this.#replaced >= this.options.actors * replacementsEach) {
        this.options.onHopeless(
          new Error(`${name} ended by ${cause}, after ${this.#replaced} replacements.`),
        );
        return;
      }
      this.#replaced++;
      this.options.onReplaced(name, cause);
      this.#start(index);
    });
  }
}

function nameOf(index: number): string {
  return `actor-${index}`;
}
