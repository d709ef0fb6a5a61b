// Makes an actor while it is imported, as a program without main() does.
import { currentRuntime, defineActor, definitionOf } from "@troupe/actors";

export class Eager {}
defineActor(Eager, { module: import.meta.url });
await currentRuntime()?.creator.create(definitionOf(Eager), []);
