import type { ActorClassOf } from "@troupe/dist";

declare class HiddenClass {}
export declare const distribute: () => ActorClassOf<typeof HiddenClass>;
