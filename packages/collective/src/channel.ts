import { TroupeError, type WaitOptions } from "@troupe/core";

import { bytesOf, formOf, freshArray, type NumberArray, type Numbers, typeOf } from "./elements.js";
import type { Channel } from "./memory.js";
import type { Ground } from "./operation.js";

/** Numbers of a packet, before its elements: the type, how many there are in all, how many in this packet. */
const numbers = 4;

/** Packets that may be under way. */
const depth = 2;

/** From this member to another, or from another to this one: messages of one or more packets, in order. */
export class Conversation {
  readonly #ground: Ground;
  readonly #peer: number;
  readonly #channel: Channel;
  readonly #what: string;

  constructor(ground: Ground, direction: "to" | "from", peer: number) {
    const { memory, members } = ground;
    const { rank } = members;
    this.#ground = ground;
    this.#peer = peer;
    this.#channel = direction === "to" ? memory.channel(rank, peer) : memory.channel(peer, rank);
    this.#what = `${direction === "to" ? "send to" : "receive from"} member ${peer} of the group ${members.group}`;
  }

  /** Settles when all of it is on its way. @throws ERR_PEER_LEFT, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED */
  async send(array: NumberArray, wait: WaitOptions): Promise<void> {
    const { memory, members } = this.#ground;
    const { sent, packets } = this.#channel;
    const type = typeOf(array)!;
    const most = Math.floor(memory.packetBytes / bytesOf(type));
    for (let done = 0; done === 0 || done < array.length; done += most) {
      await this.#until(() => this.#underWay < depth, done > 0, wait);
      const count = Math.min(most, array.length - done);
      const which = sent[0]! & 1;
      packets.set([type, array.length, count], numbers * which);
      this.#elements(which, type, count).set((array as Numbers).subarray(done, done + count));
      Atomics.add(sent, 0, 1);
      members.wake();
    }
  }

  /** The next message. @throws as {@link send}, and ERR_SCHEMA when it does not fit; it stays there then */
  async receive(into: NumberArray | undefined, wait: WaitOptions): Promise<NumberArray> {
    const { received, packets } = this.#channel;
    await this.#until(() => this.#underWay > 0, false, wait);
    const first = numbers * (received[0]! & 1);
    const [type, length] = [packets[first]!, packets[first + 1]!];
    if (into !== undefined && (typeOf(into) !== type || into.length !== length)) {
      throw new TroupeError(
        "ERR_SCHEMA",
        `${this.#what}: what comes is ${formOf(type, length)}, into is ${formOf(typeOf(into)!, into.length)}.`,
      );
    }
    const target = (into ?? freshArray(type, length)) as Numbers;
    for (let done = 0; done === 0 || done < length;) {
      await this.#until(() => this.#underWay > 0, done > 0, wait);
      const which = received[0]! & 1;
      const count = packets[numbers * which + 2]!;
      target.set(this.#elements(which, type, count), done);
      done += count;
      Atomics.add(received, 0, 1);
      this.#ground.members.wake();
      if (length === 0) break;
    }
    return target;
  }

  get #underWay(): number {
    const { sent, received } = this.#channel;
    return (Atomics.load(sent, 0) - Atomics.load(received, 0)) | 0;
  }

  #elements(which: number, type: number, count: number): Numbers {
    return this.#ground.memory.elements(this.#channel.places[which]!, type, count);
  }

  /** @param isWithin Whether a part of the message was passed: who does not wait for the rest has spoilt the channel. */
  async #until(isReady: () => boolean, isWithin: boolean, wait: WaitOptions): Promise<void> {
    const { members, waiting } = this.#ground;
    members.checkOpen();
    const missing = () => (isReady() ? -1 : this.#peer);
    if (waiting.glance(missing)) return;
    try {
      await waiting.until(this.#what, missing, () => members.gone(this.#peer), wait);
    } catch (error) {
      if (isWithin) members.giveUp(error);
      throw error;
    }
  }
}
