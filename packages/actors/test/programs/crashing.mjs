import { defineActor } from "@troupe/actors";

/** Answers with much, and throws where nobody handles it. */
export class Crashing {
  much() {
    return Buffer.alloc(300_000);
  }
  crash() {
    setTimeout(() => {
      throw new Error("nobody handles this");
    }, 0);
  }
}
defineActor(Crashing, { module: import.meta.url });
