import { setTimeout } from "node:timers/promises";

import { type Deferred, deferred, TroupeError } from "@troupe/core";
import { Dealer, Router } from "zeromq";

import { z85 } from "./z85.js";

/** Decides about a client by its CURVE public key, 40 characters of Z85. */
export type Admit = (publicKey: string) => Promise<boolean>;

/** Where ZeroMQ asks. */
const zapAddress = "inproc://zeromq.zap.01";

/** Milliseconds in which a closed porter has left that address; it takes less than one. */
const patience = 1_000;

const doors = new Map<string, Admit>();
/** Answers while there are doors. */
let porter: Router | undefined;
/** Settles when it does. */
let hired: Promise<void> | undefined;
/** A time in which nobody is judged: that it has begun, and that it is over. */
let pause: { readonly begun: Deferred<void>; readonly over: Deferred<void> } | undefined;

/**
 * Has ZeroMQ ask `admit` about each connection to the sockets of that ZAP domain, before a byte of it is
 * read (ZAP, rfc.zeromq.org/spec/27). All endpoints of a process share the one handler that ZAP allows.
 *
 * @returns Stops asking; the domain's sockets must be closed by then.
 * @throws ERR_CONFIG when something else in the process answers ZeroMQ.
 */
export async function guard(domain: string, admit: Admit): Promise<() => void> {
  doors.set(domain, admit);
  try {
    await (hired ??= hire());
  } catch (error) {
    doors.delete(domain);
    throw error;
  }
  return () => {
    doors.delete(domain);
    if (doors.size > 0) return;
    pause?.begun.resolve();
    pause = undefined;
    porter?.close();
    porter = undefined;
    hired = undefined;
  };
}

async function hire(): Promise<void> {
  const router = new Router({ linger: 0 });
  try {
    await takeAddress(router);
    porter = router;
    void answer(router);
  } catch (error) {
    router.close();
    hired = undefined;
    throw error;
  }
}

/** ZeroMQ closes sockets in a thread of its own: the porter before this one may have the address for a moment yet. */
async function takeAddress(router: Router): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await router.bind(zapAddress);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (performance.now() > deadline) throw takenError(error);
    }
    await setTimeout(1);
  }
}

function takenError(cause: unknown): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    "Something else in this process, perhaps a second copy of @troupe/proxy, decides for ZeroMQ who may connect; there can be one only.",
    { cause, details: { address: zapAddress } },
  );
}

/**
 * Lets those who connect wait until the given function is called: a socket that waits for a question keeps its process
 * alive, and meanwhile this one does not.
 */
export async function pauseAdmission(): Promise<() => void> {
  if (!porter) return () => {};
  const own = (pause ??= { begun: deferred(), over: deferred() });
  // A receive cannot be taken back: it is given something to receive.
  const nudge = new Dealer({ linger: 0 });
  nudge.connect(zapAddress);
  await nudge.send("");
  await own.begun.promise;
  nudge.close();
  return () => {
    if (pause === own) pause = undefined;
    own.over.resolve();
  };
}

async function answer(router: Router): Promise<void> {
  try {
    for (;;) {
      const frames = await router.receive();
      if (router.closed) return;
      void judge(router, frames);
      if (!pause) continue;
      pause.begun.resolve();
      await pause.over.promise;
    }
  } catch (error) {
    if (!router.closed) throw error;
  }
}

async function judge(router: Router, frames: Buffer[]): Promise<void> {
  const [asker, , version, request, domain, , , mechanism, key] = frames as (Buffer | undefined)[];
  if (!asker || !request) return;
  const admit = doors.get(String(domain));
  const admitted =
    String(version) === "1.0" && String(mechanism) === "CURVE" && key?.length === 32 && admit !== undefined
      ? await admit(z85(key)).catch(() => false)
      : false;
  if (router.closed) return;
  await router.send([
    asker,
    "",
    "1.0",
    request,
    ...(admitted ? ["200", "OK"] : ["400", "not of this cluster"]),
    "",
    "",
  ]);
}
