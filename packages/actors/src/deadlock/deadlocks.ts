import type { Call } from "../cell/call.js";
import type { Cell } from "../cell/cell.js";
import { isWithin } from "../cell/chain.js";
import type { Mailbox } from "../cell/mailbox.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import { shared } from "../shared.js";
import { deadlockError } from "./deadlock-error.js";
import { LocalWaits } from "./local-waits.js";
import { Probe } from "./probe.js";
import { circleOf, circlesThrough, stuckIn, victimAmong } from "./wait-graph.js";

/** Milliseconds between two looks at what waits. A mailbox from which nothing was taken between two is probed. */
const interval = 500;
const waitsOp = "waits";

/**
 * Finds calls that wait for each other in a circle, and fails one of each circle.
 *
 * Edge chasing, after Chandy, Misra and Haas, "Distributed Deadlock Detection" (1983), in its model of communication:
 * who waits for several things may go on with any of them, so that only what waits for nothing but what is stuck is
 * stuck itself. A probe starts where something waits, and asks process after process what that waits for. Whatever is
 * found is as it was at different times, and true nevertheless: what is stuck stays so, and what goes on again is seen
 * to be free by whoever looks later.
 */
export class Deadlocks {
  #timer: NodeJS.Timeout | undefined;
  /** Mailboxes in which something waits, or did at the last look, with what was to begin next then. */
  readonly #waiting = new Map<Mailbox, Call | undefined>();
  /** Mailboxes that are to be probed. */
  #suspects = new Map<Mailbox, Cell>();
  #isProbing = false;
  #isClosed = false;

  constructor(private readonly runtime: ActorRuntime) {
    runtime.node.serve(waitsOp, (keys) => new LocalWaits(runtime).ofCalls(keys as string[]));
  }

  /** A call waits. One that is part of what runs there is looked after at once. */
  onWait(mailbox: Mailbox, call: Call): void {
    if (mailbox.size === 1 && !this.#waiting.has(mailbox)) this.#waiting.set(mailbox, undefined);
    if (call.chain !== undefined && mailbox.isFull && isWithin(call)) {
      this.#suspects.set(mailbox, call.cell);
      // What is on the stack now does not wait for anything yet.
      queueMicrotask(() => shared.running.run(undefined, () => void this.#probe()));
    }
    if (this.#timer === undefined) this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#suspects.clear();
  }

  #schedule(): void {
    if (this.#isClosed) return;
    // It is no part of the call that has to wait.
    this.#timer = shared.running.run(undefined, () => setTimeout(() => this.#look(), interval).unref());
  }

  #look(): void {
    this.#timer = undefined;
    for (const [mailbox, before] of this.#waiting) {
      const { oldest } = mailbox;
      if (!oldest) this.#waiting.delete(mailbox);
      else if (oldest !== before) this.#waiting.set(mailbox, oldest);
      else if (mayBeStuck(mailbox, oldest.cell)) this.#suspects.set(mailbox, oldest.cell);
    }
    if (this.#waiting.size > 0) this.#schedule();
    void this.#probe();
  }

  /** Probes all suspects, and those that come meanwhile. */
  async #probe(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    try {
      while (this.#suspects.size > 0) {
        const suspects = this.#suspects;
        this.#suspects = new Map();
        await this.#probeAll(suspects);
      }
    } catch (error) {
      this.runtime.node.log.warn({ err: error }, "what waits could not be looked at");
    } finally {
      this.#isProbing = false;
    }
  }

  async #probeAll(suspects: ReadonlyMap<Mailbox, Cell>): Promise<void> {
    const waits = new LocalWaits(this.runtime);
    const mailboxes = [...suspects.keys()].map((mailbox) => waits.keyOf(mailbox));
    const probe = new Probe(this.runtime.node, waitsOp, mailboxes);
    probe.add(waits.ofMailboxes(suspects));
    while (probe.mayGoOn) await probe.ask();
    const { graph } = probe;
    const stuck = stuckIn(graph);
    for (const mailbox of mailboxes) {
      if (!stuck.has(mailbox)) continue;
      const victim = victimAmong(circlesThrough(mailbox, graph, stuck), graph);
      // Another mailbox of the circle fails its own.
      if (victim?.mailbox !== mailbox) continue;
      const call = waits.waiting(victim.key);
      call?.fail(deadlockError(call.cell.record, call.name, circleOf(victim, graph)));
    }
  }
}

/** Whether all that has its slots has asked others for something. */
function mayBeStuck({ running }: Mailbox, { starting }: Cell): boolean {
  return starting ? starting.hasAsked : running.every(({ isBeside, hasAsked }) => isBeside || hasAsked);
}
