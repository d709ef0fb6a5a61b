// A process with a transport: answers each call with what its argument makes of it, until its input ends.
import { Kind } from "@troupe/core";
import { Transport } from "@troupe/proxy";

const transport = await Transport.open(
  { name: "other", component: "test" },
  {
    onMessage([kind, id, , method, args], from, parcel) {
      if (kind !== Kind.call) return;
      const value = method === "sum" ? args[0].reduce((a, b) => a + b, 0) : args[0];
      void transport.answer(from, [Kind.result, id, value]);
      transport.consumed(parcel);
    },
    onFailure(error) {
      throw error;
    },
  },
);
console.log(`at ${JSON.stringify(transport.self)}`);
process.stdin.resume().once("end", () => void transport.close());
