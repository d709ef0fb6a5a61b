import type { Socket } from "node:net";

/** Parts of a lease: how often each end gives a sign of life, and how long who joined waits for one of the head. */
const beatsOfLease = 5;
const guestShare = 0.6;
/** Characters that one message takes at most. */
const longestMessage = 1_048_576;

/** What is done with what comes by a {@link Tether}. */
export interface TetherEvents {
  onMessage(message: unknown): void;
  /** It is over: the other end is gone, silent, or said what cannot be read. Told once, and not after {@link Tether.end}. */
  onBroken(reason: string): void;
}

/**
 * The connection by which a head and a guest know that the other lives. Lines of JSON; an empty one is a sign of life.
 *
 * A guest gives up earlier than its head does, which then makes actors elsewhere: so they are not in two places.
 */
export class Tether {
  #events: TetherEvents | undefined;
  #rest = "";
  #heard = performance.now();
  #beat: NodeJS.Timeout | undefined;
  #isOver = false;
  #broken: string | undefined;
  /** What came before anybody asked. */
  readonly #early: unknown[] = [];

  constructor(private readonly socket: Socket) {
    socket.setEncoding("utf8").setNoDelay(true);
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", (error) => this.#break(`the connection failed: ${error.message}`));
    socket.on("close", () => this.#break("the connection broke"));
  }

  /** The address of this machine that the other end sees. */
  get localAddress(): string {
    return (this.socket.localAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
  }

  /** From now on what comes is handed over. */
  listen(events: TetherEvents): void {
    this.#events = events;
    for (const message of this.#early.splice(0)) events.onMessage(message);
    if (this.#broken !== undefined) events.onBroken(this.#broken);
  }

  tell(message: unknown): void {
    if (!this.#isOver) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  /**
   * Gives signs of life from now on, and expects them. The connection does not keep this process alive any more.
   *
   * @param lease Milliseconds.
   */
  hold(lease: number, side: "head" | "guest"): void {
    const patience = side === "head" ? lease : lease * guestShare;
    this.#heard = performance.now();
    this.socket.unref();
    this.#beat = setInterval(() => {
      this.socket.write("\n");
      if (performance.now() - this.#heard > patience) this.#lookAgain(patience);
    }, lease / beatsOfLease).unref();
  }

  /** Says why, and closes. */
  end(reason: string): void {
    if (this.#isOver) return;
    this.#stop();
    this.socket.end(`${JSON.stringify({ bye: reason })}\n`);
    this.socket.destroySoon();
  }

  /** This process may have been busy, and what the other end said waits to be read: a turn later it has been. */
  #lookAgain(patience: number): void {
    setTimeout(() => {
      setImmediate(() => {
        const silent = performance.now() - this.#heard;
        if (silent > patience) this.#break(`nothing was heard for ${(silent / 1_000).toFixed(1)} s`);
      });
    }, 0);
  }

  #read(text: string): void {
    this.#heard = performance.now();
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    if (this.#rest.length > longestMessage) return this.#break("it said more than can be read");
    for (const line of lines) if (line !== "" && !this.#isOver) this.#take(line);
  }

  #take(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#break("it said what cannot be read");
    }
    if (this.#events) this.#events.onMessage(message);
    else this.#early.push(message);
  }

  #break(reason: string): void {
    if (this.#isOver) return;
    this.#stop();
    this.#broken = reason;
    this.socket.destroy();
    this.#events?.onBroken(reason);
  }

  #stop(): void {
    this.#isOver = true;
    clearInterval(this.#beat);
  }
}
