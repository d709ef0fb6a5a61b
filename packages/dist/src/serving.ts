import type { HandlerTable } from "@troupe/handlers";
import type { Proxy } from "@troupe/proxy";

/** The handlers of one component that runs. */
export type ComponentTable = HandlerTable<object, Record<string, unknown>, Proxy>;

/** The loop that hands messages and changes of the group to the handlers, one at a time. */
export class Serving {
  #turn: Promise<void> = Promise.resolve();

  /** @param call Runs what calls handlers. */
  constructor(
    private readonly local: object,
    private readonly proxy: Proxy,
    private readonly table: ComponentTable,
    private readonly call: (handle: () => Promise<void>) => Promise<void>,
  ) {}

  /** Serves until the proxy is closed or the signal aborts; what has begun by then is finished. */
  async run(signal: AbortSignal): Promise<void> {
    const inTurn = (work: () => Promise<void>): Promise<void> =>
      (this.#turn = this.#turn.then(() => (signal.aborted ? undefined : this.call(work))));
    const changed = () => {
      // A turn that failed fails every later one, and the loop below is told.
      inTurn(() => this.table.membershipChanged(this.local, this.proxy)).catch(() => undefined);
    };
    this.proxy.on("peer-joined", changed).on("peer-left", changed).on("peer-rejoined", changed);
    changed();
    for await (const message of this.proxy.receive({ signal })) {
      await inTurn(() => this.table.dispatch(this.local, this.proxy, message));
    }
    await this.#turn;
  }
}
