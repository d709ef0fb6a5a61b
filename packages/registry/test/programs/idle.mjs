// Joins and watches, and leaves all of it open: nothing of it keeps the process alive.
import { processIdentity, uniqueId } from "@troupe/core";
import { openRegistry } from "@troupe/registry";

const registry = await openRegistry();
const process = processIdentity();
const member = {
  name: "idle",
  component: "worker",
  endpoint: "tcp://127.0.0.1:1",
  incarnation: uniqueId(),
  process,
};
await registry.join("idle", member);
const watch = registry.watch("idle")[Symbol.asyncIterator]();
await registry.members("idle");
void watch.next().then(() => watch.next());
console.log("joined");
