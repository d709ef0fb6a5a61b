import type { Server, Socket } from "node:net";

/** Where an embedded registry is served: a socket file or a TCP port. */
export interface Place {
  readonly url: string;
  /** Words for messages: where this looks. */
  readonly where: string;
  /**
   * Connects to whoever serves here; `undefined` when certainly nobody does.
   *
   * @throws The system's error when that cannot be told: unreachable, no permission, no such host.
   */
  dial(signal: AbortSignal): Promise<Socket | undefined>;
  /**
   * Becomes the one who serves here; `undefined` when another was faster or the place is not on this
   * machine, and dialling again will tell.
   */
  claim(): Promise<Claim | undefined>;
}

/** A place that this process alone listens at. */
export interface Claim {
  readonly server: Server;
  readonly url: string;
  /** Whether a server was here before that died without saying so. */
  readonly follows: boolean;
  /** Hands over connections from now on. Those that came before were turned away, and come again. */
  accept(onConnection: (socket: Socket) => void): void;
  /** Whether others still come here when they look for this place. */
  stands(): boolean;
  /** Takes the place's name off the system and stops listening. Synchronous: it runs at exit too. */
  release(): void;
}

/** Codes of the system's errors that will not go away by trying again. */
const hopeless = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENAMETOOLONG", "ELOOP"]);

/** Whether it makes no sense to try again. */
export function isHopeless(error: unknown): boolean {
  return hopeless.has(codeOf(error));
}

/** The system's code of an error, `""` when it has none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? "";
}
