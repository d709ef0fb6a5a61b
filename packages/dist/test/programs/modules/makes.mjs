// Makes an actor while it is imported, which every pool does.
import { dist } from "@troupe/dist";

export const Maker = dist(class Maker {}, import.meta);

await Maker.create();
