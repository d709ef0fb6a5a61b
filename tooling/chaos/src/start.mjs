// Runs the program, which is TypeScript. Registered here rather than by an option of Node's: pools inherit those, and
// would each load a compiler that they do not need.
import { register } from "tsx/esm/api";

register();
// With tsx comes that Node reads the source maps of whatever file an error's stack passes through, and keeps them: the
// heap would grow by megabytes with the first error of some kind, whenever that happens.
process.setSourceMapsEnabled(false);
await import("./main.ts");
