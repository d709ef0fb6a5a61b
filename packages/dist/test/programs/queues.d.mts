import type { ActorClassOf, Queue, Remote } from "@troupe/dist";

export interface Item {
  readonly name: string;
  readonly number: number;
}

declare class ProducerClass {
  produce(queue: Remote<Queue<Item>>, name: string, count: number): Promise<void>;
}

declare class CollectorClass {
  took(name: string, items: readonly Item[]): void;
  taken(): Map<string, Item[]>;
}

declare class ConsumerClass {
  taken: unknown[];
  consume(
    queue: Remote<Queue<Item>>,
    n: number,
    collector: Remote<CollectorClass>,
    name: string,
  ): Promise<void>;
  take<T>(queue: Remote<Queue<T>>): Promise<T | undefined>;
  takeWhileWanted<T>(queue: Remote<Queue<T>>): Promise<T | undefined>;
  iterate<T>(queue: Remote<Queue<T>>, enough: number): Promise<T[]>;
}

export declare const Producer: ActorClassOf<typeof ProducerClass>;
export declare const Consumer: ActorClassOf<typeof ConsumerClass>;
export declare const Collector: ActorClassOf<typeof CollectorClass>;
