import { type Message, TroupeError } from "@troupe/core";
import type { Proxy } from "@troupe/proxy";

import type { Copies } from "./copies.js";
import type { Receipts } from "./files/receipts.js";
import type { Lender } from "./lender.js";
import { lendObject, type Memory } from "./loans.js";
import { type BodyOf, bodyOf, isTransferMessage, type TransferMessage } from "./messages.js";

type Services = {
  readonly [T in TransferMessage]: (peer: string, body: BodyOf<T>, message: Message) => unknown;
};

/** Messages that get no reply. */
const notices: readonly string[] = ["object-close", "copy-keep", "copy-drop", "file-withdraw"];

/** What a host does for others when they ask. */
export class HostServer {
  readonly #services: Services;

  constructor(
    private readonly proxy: Proxy,
    memory: Memory,
    lender: Lender,
    copies: Copies,
    receipts: Receipts,
  ) {
    this.#services = {
      "object-open": async (peer, { transfer, object }) => {
        const lend = () =>
          typeof object === "string" ? copies.lend(object) : lendObject(memory, object, peer);
        const { byteLength } = await lender.open(peer, transfer, lend);
        return { byteLength };
      },
      "object-chunk": async (peer, { transfer, offset, length }, message) => {
        await lender.chunk(peer, transfer, offset, length, (bytes) => this.#reply(message, bytes));
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

  /** Does what a message asks for, and answers it; what goes wrong goes to who asked. */
  async handle(message: Message): Promise<void> {
    const { type, source } = message;
    try {
      if (!isTransferMessage(type)) throw new TroupeError("ERR_PROTOCOL", `Hosts have no message "${type}".`);
      const service = this.#services[type] as (peer: string, body: unknown, message: Message) => unknown;
      const result = await service(source, bodyOf(type, message), message);
      if (type !== "object-chunk" && !notices.includes(type)) this.#reply(message, result ?? {});
    } catch (error) {
      // A host that is gone does not miss it.
      await this.proxy.reject(message, error as Error).catch(() => undefined);
    }
  }

  #reply(message: Message, body: unknown): void {
    this.proxy.reply(message, { body }).catch(() => undefined);
  }
}
