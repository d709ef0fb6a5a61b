import { setImmediate } from "node:timers/promises";

import { dist, type ParameterServer } from "@troupe/dist";

import { League } from "./league.js";
import { Player } from "./player.js";
import { Pong, type Side } from "./pong/pong.js";
import { type Random, randomOf } from "./random.js";
import type { Rows } from "./rows.js";

/** What a runner plays with. */
export interface RunnerOptions {
  readonly rows: Rows;
  readonly server: ParameterServer;
  readonly seed: number;
  /** Which one it is, from 0: each plays games of its own. */
  readonly index: number;
  /** Whether rows bear a checksum. */
  readonly check: boolean;
}

/** What a runner did since it said so last. */
export interface Played {
  readonly steps: number;
  /** Of the newest policy, that it played with. */
  readonly version: number;
}

/** Steps against one opponent. */
const burst = 512;

/** Plays the newest policy against earlier ones, and writes what both sides see and do. */
export class Runner {
  readonly #random: Random;
  readonly #game: Pong;
  readonly #players: readonly [Player, Player];
  readonly #league: League;
  #version = 0;

  constructor(options: RunnerOptions) {
    this.#league = new League(options.server);
    this.#random = randomOf(options.seed, options.index + 1);
    this.#game = new Pong(this.#random);
    const writer = options.rows.writer();
    const player = (side: Side) => new Player(this.#game, side, this.#random, writer, options.check);
    this.#players = [player(0), player(1)];
  }

  /** Plays for as long as somebody wants to hear of it. */
  async *play(): AsyncGenerator<Played> {
    for (;;) {
      await this.#choosePolicies();
      for (let step = 0; step < burst; step++) this.#step();
      yield { steps: burst, version: this.#version };
      await setImmediate();
    }
  }

  async #choosePolicies(): Promise<void> {
    const [player, opponent] = this.#players;
    this.#version = await this.#league.loadNewest(player.policy, this.#version);
    await this.#league.loadPast(opponent.policy, this.#random());
  }

  #step(): void {
    const [left, right] = this.#players;
    const contact = this.#game.step(left.act(), right.act());
    left.see(contact);
    right.see(contact);
  }
}

export const RunnerActor = dist(Runner, import.meta, { restarts: Infinity });
