import { TroupeError } from "@troupe/core";

import type { Copies } from "./copies.js";
import type { Receipts } from "./files/receipts.js";
import type { Lender } from "./lender.js";
import { lendObject, type Memory } from "./loans.js";
import { type BodyOf, bodyOf, isTransferMessage, type TransferMessage } from "./messages.js";

/** Sends an answer. What it is given may change as soon as it has returned. */
export type Reply = (body: unknown) => void;

type Services = {
  readonly [T in TransferMessage]: (peer: string, body: BodyOf<T>, reply: Reply) => unknown;
};

/** Messages that get no reply. */
const notices: readonly string[] = ["object-close", "copy-keep", "copy-drop", "file-withdraw"];

/** What a host does for others when they ask. */
export class HostServer {
  readonly #services: Services;

  constructor(
    memory: Memory,
    lender: Lender,
    copies: Copies,
    receipts: Receipts,
    ownerOf: (key: number) => string | undefined,
  ) {
    this.#services = {
      "object-open": async (peer, { transfer, object }) => {
        const lend = () =>
          typeof object === "string" ? copies.lend(object) : lendObject(memory, object, peer);
        const { byteLength } = await lender.open(peer, transfer, lend);
        const owner = typeof object === "number" ? ownerOf(object) : undefined;
        return owner === undefined ? { byteLength } : { byteLength, owner };
      },
      "object-chunk": async (peer, { transfer, offset, length }, reply) => {
        await lender.chunk(peer, transfer, offset, length, reply);
      },
      "object-close": (peer, { transfer }) => lender.close(peer, transfer),
      "copy-begin": (peer, body) => copies.begin(peer, body),
      "copy-finish": (_, { copy }) => copies.finish(copy),
      "copy-keep": (peer, { copy }) => copies.keep(peer, copy),
      "copy-drop": (peer, { copy }) => copies.drop(peer, copy),
      "file-offer": (peer, offer) => receipts.receive(peer, offer),
      "file-digest": async (peer, { transfer }) => ({ sha256: await lender.sha256(peer, transfer) }),
      "file-withdraw": (peer, { transfer }) => receipts.withdraw(peer, transfer),
    };
  }

  /**
   * Does what a message asks for, and answers it, unless it is a notice.
   *
   * @throws What went wrong: it goes to who asked.
   */
  async handle(type: string, from: string, body: unknown, reply: Reply): Promise<void> {
    if (!isTransferMessage(type)) throw new TroupeError("ERR_PROTOCOL", `Hosts have no message "${type}".`);
    const service = this.#services[type] as (peer: string, body: unknown, reply: Reply) => unknown;
    const result = await service(from, bodyOf(type, from, body), reply);
    if (type !== "object-chunk" && !notices.includes(type)) reply(result ?? {});
  }
}
