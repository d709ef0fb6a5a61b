import type { ActorRecord } from "@troupe/cluster";

/** An actor's place, for those who handle messages on its behalf that are no calls. */
export interface Seat {
  readonly record: ActorRecord;
  /**
   * Runs `work` as if it were a call of the actor: behind what waits in the mailbox, before what comes later, and with
   * the actor's `context()`.
   *
   * @param name What it is called in logs.
   * @throws What `work` threw; ERR_ACTOR_DIED when the actor ends before; ERR_MAILBOX_FULL.
   */
  perform<T>(name: string, work: () => T | Promise<T>): Promise<T>;
}
