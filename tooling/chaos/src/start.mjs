// Runs the program, which is TypeScript. Registered here rather than by an option of Node's: pools inherit those, and
// would each load a compiler that they do not need.
import { register } from "tsx/esm/api";

register();
await import("./main.ts");
