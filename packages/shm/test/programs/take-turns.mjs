// Bound to one core, takes turns with another process of it: who is not to go looks again and again, and yields.
// Arguments: the segment, which of the two this is, how many turns.
import { Segment, setThreadAffinity, threadAffinity, yieldCore } from "@troupe/shm";

const [name, self, turns] = process.argv.slice(2);
setThreadAffinity(threadAffinity().slice(0, 1));
const segment = Segment.open(name);
const turn = new Int32Array(segment.buffer, 0, 1);
for (let at = Number(self); at < Number(turns); at += 2) {
  while (Atomics.load(turn, 0) !== at) yieldCore();
  Atomics.store(turn, 0, at + 1);
}
segment.close();
