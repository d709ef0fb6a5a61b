import type { ActorClassOf, DistributedClass, Message } from "@troupe/dist";

declare class GreeterClass {
  constructor(greeting?: string);
  count(): Promise<number>;
  report(): string[];
  member(): { name: string; group: string; component: string };
  askOther(name: string): Promise<Message>;
}

declare class MemberClass {}

export declare const Greeter: DistributedClass<typeof GreeterClass>;
export declare const Lonely: ActorClassOf<typeof MemberClass>;
export declare const Namesake: ActorClassOf<typeof MemberClass>;
