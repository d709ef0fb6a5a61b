// The other end of the ring prototype: keeps one counter, answers calls, and polls only when it is told to.
import { RingReader, RingWriter } from "@troupe/shm";
import { Packr } from "msgpackr";

const packr = new Packr({ useRecords: false });
const [name, bytes] = process.argv.slice(2);
const reader = RingReader.open(name);
const writer = RingWriter.create(Number(bytes));
const counter = { count: 0, add: (n) => (counter.count += n) };
let polling = false;

process.on("message", (order) => {
  if (order === "opened") return writer.unlink();
  polling = order === "poll";
  if (polling) setImmediate(poll);
  process.send(order);
});
process.on("disconnect", () => process.exit());
process.send(writer.name);

function poll() {
  for (let frames = reader.read(); frames; frames = reader.read()) {
    const answers = [];
    for (const [kind, id, , method, args] of packr.unpack(frames[0])) {
      const value = counter[method](...args);
      if (kind === 1) answers.push([id, value]);
    }
    if (answers.length > 0 && !writer.write([packr.pack(answers)])) throw new Error("The ring is full.");
  }
  if (polling) setImmediate(poll);
}
