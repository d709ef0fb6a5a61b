import { type Deferred, deferred, TroupeError } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { Death } from "../node/brain-port.js";
import { LastLines } from "../output/last-lines.js";
import { LineAssembler } from "../output/line-assembler.js";
import { Backoff } from "./backoff.js";
import type { FromPool, OutputStream, PoolSetting } from "./channel.js";
import { deathOf, startError } from "./death.js";
import { forkPool } from "./fork.js";
import type { Exit, Launched } from "./launch.js";
import { numbersOf, type PoolOptions } from "./pool-options.js";
import { threadPool } from "./thread.js";

/** Milliseconds that a pool may take until it answers. */
const startLimit = 30_000;
/** Milliseconds until a pool must have heard that it is to end; one that is stuck never does. */
const hearLimit = 2_000;
/** Milliseconds that it then may take to end in order: its own grace, and a little. */
const stopLimit = 7_000;

/** What a {@link Pool} needs of its host agent. */
export interface PoolSurroundings {
  readonly program: URL;
  /** What to tell the pool; known once the head can be reached. */
  setting(pool: Pool): Promise<PoolSetting>;
  onLaunched(pool: Pool, pid: number): void;
  onUp(pool: Pool, peer: Member): void;
  /** @param peer How it was reached in this run; absent when it never got up. */
  onDown(pool: Pool, death: Death, peer: Member | undefined): void;
  onLine(pool: Pool, stream: OutputStream, path: string, text: string): void;
}

/** One run of the pool's program. */
interface Run {
  readonly launched: Launched;
  readonly began: number;
  readonly stderr: LastLines;
  readonly lines: Readonly<Record<OutputStream, LineAssembler>>;
  /** Kills it when it does not get up, or does not end. */
  limit: NodeJS.Timeout | undefined;
  /** Why it was killed by us. */
  problem: string | undefined;
  peer: Member | undefined;
}

/** A pool: a name under which a program is kept running, and started again when it dies. */
export class Pool {
  /** Times that it was started again after it had died. */
  restarts = 0;
  #run: Run | undefined;
  /** Those who wait for it to be up. */
  #awaited: Deferred<Member> | undefined;
  #stopped: Deferred<void> | undefined;
  #pause: NodeJS.Timeout | undefined;
  /** Milliseconds before the next start. */
  #delay = 0;
  #everUp = false;
  readonly #backoff: Backoff;

  constructor(
    readonly name: string,
    readonly options: PoolOptions,
    private readonly surroundings: PoolSurroundings,
  ) {
    this.#backoff = new Backoff(options.backoff);
  }

  /** Pid of its present run. */
  get pid(): number | undefined {
    return this.#run?.launched.pid;
  }

  get isolation(): "process" | "thread" {
    return this.options.isolation ?? "process";
  }

  /** Cores that it has for tasks: those that it is bound to, or one. */
  get cpu(): number {
    return numbersOf(this.options.cores)?.length ?? 1;
  }

  /** Starts it if it does not run. Nobody waits for it, and it keeps nobody alive. */
  start(): void {
    if (this.#run || this.#pause || this.#stopped) return;
    if (this.#delay === 0) return this.#launch();
    this.#pause = setTimeout(() => this.#launch(), this.#delay);
    if (!this.#awaited) this.#pause.unref();
  }

  /**
   * The pool's peer, once it runs. Starts it if it does not.
   *
   * @throws ERR_ACTOR_START; ERR_CLOSED when it was stopped.
   */
  ensure(): Promise<Member> {
    if (this.#run?.peer) return Promise.resolve(this.#run.peer);
    if (this.#stopped) return Promise.reject(this.#stoppedError());
    const awaited = (this.#awaited ??= deferred());
    this.start();
    this.#pause?.ref();
    this.#run?.launched.hold(true);
    return awaited.promise;
  }

  /** Ends it: in order, by force when that takes too long. It is not started again. */
  async stop(): Promise<void> {
    clearTimeout(this.#pause);
    this.#stopped ??= deferred();
    this.#awaited?.reject(this.#stoppedError());
    this.#awaited = undefined;
    const run = this.#run;
    if (!run) return;
    run.launched.hold(true);
    run.launched.flow(true);
    if (run.peer) {
      run.launched.tell({ op: "stop" });
      this.#limit(run, hearLimit);
    } else {
      run.launched.kill();
    }
    await this.#stopped.promise;
  }

  /** Ends its present run at once. What becomes of it then is as after any other death. */
  kill(): void {
    this.#run?.launched.kill();
  }

  /** Whether what it writes is read. */
  flow(flowing: boolean): void {
    this.#run?.launched.flow(flowing);
  }

  #launch(): void {
    this.#pause = undefined;
    const { surroundings } = this;
    const assembler = (stream: OutputStream) =>
      new LineAssembler((path, text) => {
        if (stream === "stderr") run.stderr.add(text);
        surroundings.onLine(this, stream, path || this.name, text);
      });
    const launch = this.isolation === "thread" ? threadPool : forkPool;
    const run: Run = {
      launched: launch(surroundings.program, this.options, {
        onMessage: (message) => this.#hear(run, message),
        onOutput: (stream, text) => run.lines[stream].add(text),
        onExit: (exit) => this.#end(run, exit),
      }),
      began: performance.now(),
      stderr: new LastLines(),
      lines: { stdout: assembler("stdout"), stderr: assembler("stderr") },
      limit: undefined,
      problem: undefined,
      peer: undefined,
    };
    this.#run = run;
    this.#limit(
      run,
      startLimit,
      `did not get up within ${startLimit / 1000} s; does its program call servePool()?`,
    );
    if (this.#awaited) run.launched.hold(true);
    surroundings.onLaunched(this, run.launched.pid);
    void surroundings.setting(this).then((setting) => run.launched.tell({ op: "start", setting }));
  }

  #stoppedError(): TroupeError {
    return new TroupeError("ERR_CLOSED", `The pool "${this.name}" was stopped.`, {
      details: { pool: this.name },
    });
  }

  /** Kills the run after so many milliseconds, unless another limit takes the place of this one. */
  #limit(run: Run, limit: number, problem?: string): void {
    clearTimeout(run.limit);
    run.limit = setTimeout(() => {
      run.problem = problem;
      run.launched.kill();
    }, limit).unref();
  }

  #hear(run: Run, message: FromPool): void {
    if (message.op === "stopping" && this.#stopped) return this.#limit(run, stopLimit);
    if (message.op !== "up" || run !== this.#run || run.peer) return;
    clearTimeout(run.limit);
    run.peer = message.peer;
    if (this.#everUp) this.restarts++;
    this.#everUp = true;
    this.surroundings.onUp(this, message.peer);
    if (!this.#stopped) run.launched.hold(false);
    this.#awaited?.resolve(message.peer);
    this.#awaited = undefined;
  }

  #end(run: Run, exit: Exit): void {
    clearTimeout(run.limit);
    run.lines.stdout.end();
    run.lines.stderr.end();
    if (exit.error) run.stderr.addText(exit.error.stack ?? exit.error.message);
    const death = deathOf(this.name, run.launched.pid, exit, run.stderr.toArray());
    this.#run = undefined;
    this.#delay = this.#backoff.after(performance.now() - run.began);
    this.surroundings.onDown(this, death, run.peer);
    if (this.#stopped) return this.#stopped.resolve();
    // A pool that never got up is not tried again until somebody asks for it.
    if (!run.peer) {
      this.#awaited?.reject(startError(death, run.problem));
      this.#awaited = undefined;
      if (!this.#everUp) return;
    }
    this.start();
  }
}
