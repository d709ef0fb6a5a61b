import { setTimeout as pause } from "node:timers/promises";

import { actorOf, dist, isTroupeError, ParameterServer, type Remote, watch } from "@troupe/dist";

import { type Checkpoint, latestCheckpoint, removeCheckpoints, saveCheckpoint } from "../checkpoint.js";
import type { Plan } from "../plan.js";
import { type History, Journal } from "../progress/history.js";
import { Rate } from "../progress/rate.js";
import type { Round } from "../progress/round.js";
import type { Status } from "../progress/status.js";
import { startDqn } from "../training/dqn.js";
import { places, seedOf } from "../training/places.js";
import { startPpo } from "../training/ppo.js";
import type { Training } from "../training/training.js";
import { type Evaluation, EvaluatorActor, solves } from "./evaluator.js";

/** Milliseconds between two statuses. */
const interval = 200;
/** Episodes whose mean return is told. */
const recent = 20;

/** Has a learner, runners and an evaluator at work; counts, keeps checkpoints, and says when it is solved. */
export class Manager {
  readonly #plan: Plan;
  readonly #rate = new Rate();
  #journal = new Journal();
  #news: string[] = [];
  #resumed = 0;
  #verdict: Evaluation | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** What became of it so far. */
  history(): History {
    return this.#journal.history;
  }

  /** Trains until it is solved or all steps are made, and says how it stands. */
  async *train(): AsyncGenerator<Status> {
    const { folder, resume, algorithm } = this.#plan;
    const past = resume ? await latestCheckpoint(folder) : undefined;
    if (!past) await removeCheckpoints(folder);
    this.#journal = new Journal(past?.history);
    this.#resumed = past ? past.resumed + 1 : 0;
    const policies = await ParameterServer.create();
    const training = await (algorithm === "dqn" ? startDqn : startPpo)(this.#plan, past, policies);
    const over = new AbortController();
    const working = this.#work(training, policies, over).finally(() => over.abort());
    working.catch(noop); // it is looked at when all has ended
    try {
      for (;;) {
        yield this.#status(training);
        if (over.signal.aborted) break;
        await Promise.race([working.catch(noop), pause(interval)]);
      }
      await working;
      yield this.#status(training);
    } finally {
      over.abort();
      training.replay?.close();
    }
  }

  async #work(training: Training, policies: ParameterServer, over: AbortController): Promise<void> {
    const { signal } = over;
    const seed = seedOf(this.#plan, this.#resumed, this.#plan.actors + 1);
    const evaluator = await EvaluatorActor.with({ pool: places.evaluator }).create(
      this.#plan,
      seed,
      policies,
    );
    const learning = follow(
      () => training.rounds(this.#journal.history.steps),
      signal,
      (round) => this.#learnt(round, training),
    );
    const others = [
      ...training.episodes.map((played, runner) =>
        follow(played, signal, (episode) => this.#journal.played(runner, episode)),
      ),
      follow(
        () => evaluator.evaluations(),
        signal,
        (evaluation) => this.#evaluated(evaluation, over),
      ),
      ...training.actors.map((actor) => this.#guard(actor, signal)),
    ];
    // Whoever fails ends it for all.
    await Promise.all([learning.finally(() => over.abort()), ...others]);
    this.#verdict ??= await evaluator.examine();
    if (!this.#journal.history.evaluations.includes(this.#verdict)) this.#journal.evaluated(this.#verdict);
  }

  async #learnt(round: Round, training: Training): Promise<void> {
    round.episodes.forEach((episode) => this.#journal.played(0, episode));
    this.#journal.learnt(round);
    if (round.state) await this.#save(round.state, training);
  }

  #evaluated(evaluation: Evaluation, over: AbortController): void {
    this.#journal.evaluated(evaluation);
    if (!solves(evaluation, this.#plan)) return;
    this.#verdict = evaluation;
    over.abort();
  }

  async #save(learner: Checkpoint["learner"], { replay }: Training): Promise<void> {
    const { folder, algorithm, seed } = this.#plan;
    const { history } = this.#journal;
    await saveCheckpoint(folder, { algorithm, seed, resumed: this.#resumed, learner, history }, replay);
    this.#news.push(`checkpoint at step ${history.steps}`);
  }

  /** Tells where an actor is, and when it was lost and made again. */
  async #guard(actor: Remote<object>, signal: AbortSignal): Promise<void> {
    const { path, pid } = actorOf(actor);
    this.#news.push(`${path} is in process ${pid}`);
    const told = (event: string) => {
      if (event !== "restarted") return;
      this.#journal.replacedOne();
      this.#news.push(`${path} was lost, and made again`);
    };
    await follow(() => watch(actor), signal, told);
  }

  #status(training: Training): Status {
    const { steps: past, gradients, episodes, rounds, evaluations, replaced } = this.#journal.history;
    const steps = Math.max(past, training.steps?.() ?? 0);
    this.#journal.stepped(steps);
    const last = episodes.slice(-recent);
    const news = this.#news;
    this.#news = [];
    return {
      seconds: this.#journal.seconds,
      steps,
      stepsPerSecond: this.#rate.at(steps),
      gradients,
      episodes: episodes.length,
      return:
        last.length > 0 ? last.reduce((sum, episode) => sum + episode.return, 0) / last.length : undefined,
      loss: rounds.at(-1)?.loss,
      evaluation: evaluations.at(-1),
      version: this.#journal.version,
      lag: this.#journal.lag,
      fill: training.replay && training.replay.size / training.replay.capacity,
      replaced,
      news,
      verdict: this.#verdict,
    };
  }
}

/** Managers as actors. */
export const ManagerActor = dist(Manager, import.meta);

/** Does something with each item of a stream, until it ends or the signal aborts. One that breaks as its actor dies is begun again. */
async function follow<T>(
  begin: () => AsyncIterable<T>,
  signal: AbortSignal,
  handle: (item: T) => Promise<void> | void,
): Promise<void> {
  while (!signal.aborted) {
    const stream = begin()[Symbol.asyncIterator]();
    const end = () => void stream.return?.();
    signal.addEventListener("abort", end);
    try {
      for await (const item of { [Symbol.asyncIterator]: () => stream }) await handle(item);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isTroupeError(error, "ERR_ACTOR_DIED") || !error.retryable) throw error;
    } finally {
      signal.removeEventListener("abort", end);
    }
  }
}

function noop(): void {}
