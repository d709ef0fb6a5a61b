// Connects again and again while V8's profiler interrupts it.
import { Kind } from "@troupe/core";
import { Transport } from "@troupe/proxy";

const handler = {
  onMessage() {},
  onFailure(error) {
    throw error;
  },
};
const there = await Transport.open({ name: "there", component: "test" }, handler);
const here = await Transport.open({ name: "here", component: "test" }, handler);
for (let i = 0; i < 2000; i++) {
  here.introduce(there.self);
  await here.send("there", [Kind.tell, 1, "take", [i]]);
  here.dismiss("there", () => new Error("once more"));
}
console.log("connected");
await here.close();
await there.close();
