// The other end of the ring: sends back each record, and polls only when it is told to.
import { RingReader, RingWriter } from "@troupe/shm";

const [name, bytes] = process.argv.slice(2);
const reader = RingReader.open(name);
const writer = RingWriter.create(Number(bytes));
let polling = false;

process.on("message", (order) => {
  if (order === "opened") writer.unlink();
  const started = !polling && order === "poll";
  polling = order === "poll";
  if (started) poll();
  process.send(order);
});
process.on("disconnect", () => process.exit());
process.send(writer.name);

function poll() {
  for (let frames = reader.read(); frames; frames = reader.read()) writer.write(frames);
  if (polling) setImmediate(poll);
}
