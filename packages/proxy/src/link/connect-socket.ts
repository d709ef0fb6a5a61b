import type { Push } from "zeromq";

/**
 * Connects a socket. A signal that interrupts it, as a profiler sends many of, is none of the caller's business:
 * ZeroMQ has done nothing yet when it says so.
 *
 * @throws What ZeroMQ says of an endpoint that is none.
 */
export function connectSocket(socket: Push, endpoint: string): void {
  for (;;) {
    try {
      return socket.connect(endpoint);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EINTR") throw error;
    }
  }
}
