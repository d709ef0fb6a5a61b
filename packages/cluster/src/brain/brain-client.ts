import { armDeadline, uniqueId, type WaitOptions } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { ActorRecord, BrainPort, Death, LivingActor, Placed, PlaceRequest } from "../node/brain-port.js";
import type { Node } from "../node/node.js";
import { brainOp, giveUpOp, placeOp, type PlaceQuestion, type Question } from "./brain-service.js";

type Answer<K extends keyof BrainPort> = Promise<Awaited<ReturnType<BrainPort[K]>>>;

/**
 * The brain for a process that does not hold it: every question is a request to the one that does. What is
 * told it arrives in order with what is asked.
 */
export class BrainClient implements BrainPort {
  /** @param namespace Where names are unique when nothing else is said. Default: as the cluster has it. */
  constructor(
    private readonly node: Node,
    private readonly namespace?: string,
  ) {}

  async place(asked: PlaceRequest, { signal, timeout }: WaitOptions = {}): Promise<Placed> {
    const { namespace = this.namespace } = asked;
    const request = namespace === undefined ? asked : { ...asked, namespace };
    if (!signal && timeout === undefined) return this.#ask("place", request);
    const ticket = uniqueId();
    const question: PlaceQuestion = { request, ticket, ...(timeout === undefined ? {} : { timeout }) };
    const placed = this.node.request(this.node.head, placeOp, question) as Promise<Placed>;
    // It then rejects, and says what was waited for.
    const disarm = armDeadline("placing", { signal }, () => this.node.tell(this.node.head, giveUpOp, ticket));
    return placed.finally(disarm);
  }

  started(id: number): void {
    this.#tell(["started", id]);
  }

  failed(id: number): void {
    this.#tell(["failed", id]);
  }

  ended(id: number, how: "stopped" | "died", reason?: string): void {
    this.#tell(["ended", id, how, reason]);
  }

  find(pathOrAlias: string, namespace = this.namespace): Promise<ActorRecord | undefined> {
    return this.#ask("find", pathOrAlias, namespace);
  }

  locate(id: number): Answer<"locate"> {
    return this.#ask("locate", id);
  }

  resolve(id: number): Answer<"resolve"> {
    return this.#ask("resolve", id);
  }

  passivated(id: number): void {
    this.#tell(["passivated", id]);
  }

  retire(id: number, reason: string): Promise<ActorRecord | undefined> {
    return this.#ask("retire", id, reason);
  }

  actors(): Promise<readonly LivingActor[]> {
    return this.#ask("actors");
  }

  children(id: number | undefined): Promise<readonly ActorRecord[]> {
    return this.#ask("children", id);
  }

  parent(id: number): Promise<ActorRecord | undefined> {
    return this.#ask("parent", id);
  }

  watch(id: number, watcher: string): Promise<void> {
    return this.#ask("watch", id, watcher);
  }

  unwatch(id: number, watcher: string): Promise<void> {
    return this.#ask("unwatch", id, watcher);
  }

  peer(process: string): Promise<Member | { readonly ended: Death } | undefined> {
    return this.#ask("peer", process);
  }

  #ask<K extends keyof BrainPort>(method: K, ...args: Parameters<BrainPort[K]>): Answer<K> {
    return this.node.request(this.node.head, brainOp, [method, ...args]) as Answer<K>;
  }

  #tell(question: Question): void {
    this.node.tell(this.node.head, brainOp, question);
  }
}
