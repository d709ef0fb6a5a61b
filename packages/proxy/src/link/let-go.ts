import { ownedSocketPath, removeSocket, uniqueId } from "@troupe/core";
import { Pull, Push } from "zeromq";

import { connectSocket } from "./connect-socket.js";

/** How often a closed socket goes from ZeroMQ's reaper to its input and output and back until it has ended. */
const rounds = 2;
/** Milliseconds for each of the steps, which takes less than one. */
const patience = 250;
const pause = new Int32Array(new SharedArrayBuffer(4));

/** When the last socket of this thread that was closed with something to send gives that up. */
let allGiveUpAt = 0;

/** A socket is closed that may go on sending, behind our back, for so many milliseconds. */
export function mayLinger(time: number): void {
  allGiveUpAt = Math.max(allGiveUpAt, performance.now() + time);
}

/**
 * Blocks this thread until ZeroMQ has let go of what the sockets that it just closed had to send.
 *
 * ZeroMQ sends larger frames from the memory of the thread that gave them, and ends closed sockets in two threads of its
 * own, which all threads of a process share: the reaper, and the one for input and output. Were the thread torn down
 * meanwhile, these would read memory that is not there any more, and hand back frames to a binding that is gone: both
 * end the process. Each handles in order what it is told, so once it has handled what is told to it now, it is done with
 * what it was told before.
 */
export function untilLetGo(): void {
  const left = allGiveUpAt - performance.now();
  if (left > 0) Atomics.wait(pause, 0, 0, left);
  for (let round = 0; round < rounds; round++) {
    passReaper();
    passInputAndOutput();
  }
}

/** An address within the process is free again when the reaper has seen to the socket that had it. */
function passReaper(): void {
  const address = `inproc://${uniqueId()}`;
  const closed = new Pull({ linger: 0 });
  closed.bindSync(address);
  closed.close();
  const next = new Pull({ linger: 0 });
  waitUntil(() => canBind(next, address));
  next.close();
}

/** What is sent to another socket goes through the thread for input and output. */
function passInputAndOutput(): void {
  const path = ownedSocketPath("end");
  const pull = new Pull({ linger: 0 });
  const push = new Push({ linger: 0 });
  pull.bindSync(`ipc://${path}`);
  connectSocket(push, `ipc://${path}`);
  push.send("").catch(() => {});
  waitUntil(() => pull.readable);
  push.close();
  pull.close();
  removeSocket(path);
}

function canBind(socket: Pull, address: string): boolean {
  try {
    socket.bindSync(address);
    return true;
  } catch {
    return false;
  }
}

function waitUntil(isSo: () => boolean): void {
  const end = performance.now() + patience;
  while (!isSo() && performance.now() < end) Atomics.wait(pause, 0, 0, 0.1);
}
