import { connect, type NetConnectOpts, type Server, type Socket } from "node:net";

import { codeOf } from "./place.js";

/** Milliseconds for a connection to be made; a host that drops packets would let it wait for minutes. */
const connectTimeout = 3_000;

/**
 * Connects; `undefined` when the system says that nobody listens there.
 *
 * @param signal Gives up.
 */
export function dial(options: NetConnectOpts, signal?: AbortSignal): Promise<Socket | undefined> {
  return connected(() => connect(options), "connect", signal);
}

/**
 * As {@link dial}, for a connection of any kind.
 *
 * @param ready The event by which the socket says that it can be used.
 */
export function connected(
  open: () => Socket,
  ready: "connect" | "secureConnect",
  signal?: AbortSignal,
): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = open();
    const giveUp = () => socket.destroy(signal?.reason as Error);
    signal?.addEventListener("abort", giveUp);
    socket.unref();
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer to a connection within ${connectTimeout} ms`));
    }, connectTimeout).unref();
    const settled = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
    };
    const failed = (error: Error) => {
      settled();
      const code = codeOf(error);
      if (code === "ECONNREFUSED" || code === "ENOENT") resolve(undefined);
      else reject(error);
    };
    socket.once("error", failed);
    socket.once(ready, () => {
      settled();
      socket.off("error", failed);
      resolve(socket);
    });
  });
}

/** Resolves when the server listens. It keeps no process alive. */
export function listen(
  server: Server,
  options: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // `exclusive`: a worker of node:cluster is to listen by itself, and not to share its parent's socket.
    server.listen({ ...options, exclusive: true }, () => {
      server.off("error", reject);
      server.unref();
      resolve();
    });
  });
}

/** Connections of a server that nobody is there to take yet are turned away; they come again. */
export function turnstile(
  server: Server,
  event: "connection" | "secureConnection" = "connection",
): (onConnection: (socket: Socket) => void) => void {
  let take = (socket: Socket) => {
    socket.on("error", () => {});
    socket.destroy();
  };
  server.on(event, (socket: Socket) => take(socket));
  return (onConnection) => {
    take = onConnection;
  };
}
