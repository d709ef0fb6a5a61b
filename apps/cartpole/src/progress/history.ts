import type { Evaluation } from "../actors/evaluator.js";
import type { Episode } from "../playing/episode.js";
import type { Round } from "./round.js";

/** What became of a training so far: what its curves are made of. */
export interface History {
  /** Steps of the environment. */
  readonly steps: number;
  /** Steps of learning. */
  readonly gradients: number;
  /** How often an actor was lost, and made again. */
  readonly replaced: number;
  readonly episodes: readonly PlayedEpisode[];
  readonly rounds: readonly PastRound[];
  readonly evaluations: readonly Evaluation[];
}

/** An episode, and when it ended. */
export interface PlayedEpisode {
  readonly steps: number;
  readonly return: number;
}

/** What is kept of a round of learning. */
export interface PastRound {
  readonly steps: number;
  /** Of training, breaks left out. */
  readonly seconds: number;
  readonly loss: number;
  /** Versions that the runners' policies were behind, on average. */
  readonly lag: number;
}

/** Keeps the history of a training while it goes on. */
export class Journal {
  readonly #episodes: PlayedEpisode[];
  readonly #rounds: PastRound[];
  readonly #evaluations: Evaluation[];
  readonly #before: number;
  readonly #started = performance.now();
  /** By runner, how far its last episode's policy was behind. */
  readonly #lags = new Map<number, number>();
  #steps: number;
  #gradients: number;
  #replaced: number;
  #version = 0;

  /** @param past What it goes on from. */
  constructor(past?: History) {
    this.#episodes = [...(past?.episodes ?? [])];
    this.#rounds = [...(past?.rounds ?? [])];
    this.#evaluations = [...(past?.evaluations ?? [])];
    this.#before = this.#rounds.at(-1)?.seconds ?? 0;
    this.#steps = past?.steps ?? 0;
    this.#gradients = past?.gradients ?? 0;
    this.#replaced = past?.replaced ?? 0;
  }

  /** Seconds of training. */
  get seconds(): number {
    return this.#before + (performance.now() - this.#started) / 1000;
  }

  get version(): number {
    return this.#version;
  }

  /** Versions that the runners' policies are behind, on average. */
  get lag(): number {
    const lags = [...this.#lags.values()];
    return lags.length === 0 ? 0 : lags.reduce((sum, lag) => sum + lag, 0) / lags.length;
  }

  get history(): History {
    return {
      steps: this.#steps,
      gradients: this.#gradients,
      replaced: this.#replaced,
      episodes: this.#episodes,
      rounds: this.#rounds,
      evaluations: this.#evaluations,
    };
  }

  /** Steps of the environment are so many now. */
  stepped(steps: number): void {
    this.#steps = Math.max(this.#steps, steps);
  }

  played(runner: number, episode: Episode): void {
    this.#episodes.push({ steps: this.#steps, return: episode.return });
    this.#lags.set(runner, Math.max(0, this.#version - episode.version));
  }

  learnt({ version, steps, gradients, loss }: Round): void {
    this.#version = version;
    this.#gradients += gradients;
    this.stepped(steps);
    this.#rounds.push({ steps, seconds: this.seconds, loss, lag: this.lag });
  }

  evaluated(evaluation: Evaluation): void {
    this.#evaluations.push(evaluation);
  }

  /** An actor was lost, and made again. */
  replacedOne(): void {
    this.#replaced++;
  }
}
