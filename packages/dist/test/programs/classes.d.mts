import type { ActorClassOf } from "@troupe/dist";

export declare class OwnStatics {
  static create(): string;
  static find(what: string): string;
  static other(): string;
  pid(): number;
}
export declare const DistributedStatics: ActorClassOf<typeof OwnStatics>;
export declare class DecoratedStatics extends OwnStatics {}

declare class BaseClass {
  who(): string;
}

export declare const Base: ActorClassOf<typeof BaseClass>;
export declare const Derived: ActorClassOf<typeof BaseClass>;

export declare class Kept {
  constructor(first: string, second: number);
  all(): [string, number];
  opens(): Promise<void>;
}

export declare class Plain {
  pid(): number;
}
