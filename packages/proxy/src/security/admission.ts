import { Router } from "zeromq";

import { z85 } from "./z85.js";

/** Decides about a client by its CURVE public key, 40 characters of Z85. */
export type Admit = (publicKey: string) => Promise<boolean>;

const doors = new Map<string, Admit>();
let porter: Router | undefined;

/**
 * Has ZeroMQ ask `admit` about each connection to the sockets of that ZAP domain, before a byte of it is
 * read (ZAP, rfc.zeromq.org/spec/27). All endpoints of a process share the one handler that ZAP allows.
 *
 * @returns Stops asking; the domain's sockets must be closed by then.
 */
export async function guard(domain: string, admit: Admit): Promise<() => void> {
  doors.set(domain, admit);
  if (!porter) {
    porter = new Router({ linger: 0 });
    await porter.bind("inproc://zeromq.zap.01");
    void answer(porter);
  }
  return () => {
    doors.delete(domain);
    if (doors.size > 0) return;
    porter?.close();
    porter = undefined;
  };
}

async function answer(router: Router): Promise<void> {
  try {
    for await (const frames of router) void judge(router, frames);
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
