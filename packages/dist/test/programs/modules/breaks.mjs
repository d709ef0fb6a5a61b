// Can be imported by the program, and by no pool.
import { dist } from "@troupe/dist";

if (process.env.IN_POOL) throw new SyntaxError("There is no weather today.");

export const Broken = dist(class Broken {}, import.meta);
