import type { ActorClassOf } from "@troupe/dist";

declare class BrokenClass {}
export declare const Broken: ActorClassOf<typeof BrokenClass>;
