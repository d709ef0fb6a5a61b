import { preloadInPools } from "@troupe/actors";
import { ReplayBuffer } from "@troupe/replay";

// A buffer may be in the message that makes a pool's first actor, which comes before the program's modules are.
preloadInPools(import.meta.resolve("@troupe/replay"));

export { ReplayBuffer };
