// Two transports of one process, one of which sends the other a hundred messages, each when the one before has come: a
// link counts packets, and what waits for it to connect goes as one.
import { Kind } from "@troupe/core";
import { Transport } from "@troupe/proxy";

const count = 100;
let received = 0;
let arrived = () => {};
const open = (name, onMessage) =>
  Transport.open({ name, component: "test" }, { onMessage, onFailure: console.error });
const there = await open("there", (_message, _from, parcel) => {
  there.consumed(parcel);
  received++;
  arrived();
});
const here = await open("here", () => {});
here.introduce(there.self);
for (let n = 0; n < count; n++) {
  const next = new Promise((resolve) => (arrived = resolve));
  await here.send("there", [Kind.tell, 1, "take", [n]]);
  await next;
}
console.log(`${received} messages by ${here.route("there")}`);
await here.close();
await there.close();
