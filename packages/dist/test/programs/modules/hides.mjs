// Defines its class in the program only.
import { dist } from "@troupe/dist";

class Hidden {}
export const distribute = () => dist(Hidden, import.meta);
