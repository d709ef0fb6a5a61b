import { armDeadline, PacketReader, PacketWriter, type WaitOptions, type WireMessage } from "@troupe/core";

/** A message that waits for news of its peer; gets the error when there can be none. */
type Turn = (failure: Error | undefined) => void;

/**
 * Messages to peers that are not known yet: a peer may have joined a moment ago, before the watch has
 * told of it. They wait, in order, for one question about each name.
 */
export class Introductions {
  readonly #lines = new Map<string, Turn[]>();
  readonly #writer: PacketWriter;

  /**
   * @param ask Finds out about a name. Rejects when that cannot be done.
   * @param messageLimit Most bytes of one message.
   */
  constructor(
    private readonly ask: (name: string) => Promise<void>,
    messageLimit: number,
  ) {
    this.#writer = new PacketWriter("", messageLimit);
  }

  /** Whether messages wait for news of that name: later ones have to wait behind them. */
  has(name: string): boolean {
    return this.#lines.size > 0 && this.#lines.has(name);
  }

  /** Settles when what waits for news of that name does so no more; `undefined` when nothing does. */
  whenOver(name: string): Promise<void> | undefined {
    const line = this.#lines.get(name);
    return line && new Promise((resolve) => line.push(() => resolve()));
  }

  /**
   * Posts a copy of the message, made at once, when there is news of the name.
   *
   * @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE, ERR_TIMEOUT, ERR_CANCELLED, and what asking and posting throw.
   */
  async post(
    name: string,
    wire: WireMessage,
    options: WaitOptions,
    post: (copy: WireMessage) => void | Promise<void>,
  ): Promise<void> {
    const copy = this.#copy(wire);
    let line = this.#lines.get(name);
    if (!line) {
      this.#lines.set(name, (line = []));
      void this.#introduce(name, line);
    }
    await turnIn(line, `news of "${name}"`, options, () => post(copy));
  }

  async #introduce(name: string, line: readonly Turn[]): Promise<void> {
    let failure: Error | undefined;
    try {
      await this.ask(name);
    } catch (error) {
      failure = error as Error;
    }
    this.#lines.delete(name);
    for (const turn of line) turn(failure);
  }

  /** The message as its receiver would get it. */
  #copy(wire: WireMessage): WireMessage {
    this.#writer.add(wire);
    return new PacketReader(this.#writer.take() as Buffer[]).next() as WireMessage;
  }
}

/** Waits for its turn in the line, and does what it came for the moment that the turn comes. */
function turnIn(
  line: Turn[],
  what: string,
  options: WaitOptions,
  act: () => void | Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let over = false;
    const disarm = armDeadline(what, options, (error) => {
      over = true;
      reject(error);
    });
    line.push((failure) => {
      disarm();
      if (over) return;
      if (failure) return reject(failure);
      try {
        resolve(act());
      } catch (error) {
        reject(error);
      }
    });
  });
}
