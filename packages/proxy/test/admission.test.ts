import { Router } from "zeromq";
import { expect, it } from "vitest";

import { guard } from "../src/security/admission.js";

const nobody = () => Promise.resolve(false);

// First, as a porter that was closed keeps the address for a moment.
it("where something else answers ZeroMQ nobody is let in unasked: that is said, and nothing is left of it", async () => {
  const other = new Router({ linger: 0 });
  other.bindSync("inproc://zeromq.zap.01");
  await expect(guard("a", nobody)).rejects.toMatchObject({ code: "ERR_CONFIG" });
  other.close();
  (await guard("a", nobody))();
});

it("a door can be opened the moment after the last one was closed, however often", async () => {
  for (let i = 0; i < 3_000; i++) {
    const leave = await guard(`door-${i}`, nobody);
    leave();
  }
});

it("doors that are opened at once share one porter, and are closed in any order", async () => {
  const leave = await Promise.all(["a", "b", "c"].map((domain) => guard(domain, nobody)));
  for (const one of leave.reverse()) one();
  (await guard("d", nobody))();
});
