import { type WaitOptions, withDeadline } from "@troupe/core";

import type { ObjectPort } from "../port.js";
import type { BodyOf, TransferMessage } from "./messages.js";
import type { Wire } from "./wire.js";

/** The system request that carries the messages between the hosts of a cluster, as `[type, body]`. */
export const transferOp = "object-transfer";

/** The messages between hosts that are processes of a cluster. */
export class PortWire implements Wire {
  constructor(private readonly port: ObjectPort) {}

  get self(): string {
    return this.port.name;
  }

  /** @throws ERR_ACTOR_DIED when the host's process has ended; what the host throws; ERR_TIMEOUT, ERR_CANCELLED */
  ask<T extends TransferMessage>(
    host: string,
    type: T,
    body: BodyOf<T>,
    options: WaitOptions,
  ): Promise<unknown> {
    const answer = this.port.request(host, transferOp, [type, body]);
    return withDeadline(`"${type}" of "${host}"`, answer, options);
  }

  tell<T extends TransferMessage>(host: string, type: T, body: BodyOf<T>): void {
    this.port.tell(host, transferOp, [type, body]);
  }
}
