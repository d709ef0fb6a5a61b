import { Kind, type WireMessage } from "@troupe/core";
import { waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Transport } from "../src/index.js";

/** More than two rings hold. */
const large = "x".repeat(2_500_000);
const rounds = 30;

describe("a packet that is in the ring in part", () => {
  it("is finished before the link says anything of its own, and arrives once", async () => {
    const received: unknown[] = [];
    const open = (name: string) =>
      Transport.open(
        // So little credit that each large message is followed by news of credit the other way.
        { name, component: "test", limits: { inbound: 4096 } },
        {
          onMessage: (message, from, parcel) => {
            const [, n] = message[3] as [string, number];
            if (name === "there") void there.send(from, [Kind.tell, 1, "take", [large, n]] as WireMessage);
            else received.push(n);
            if (parcel) (name === "there" ? there : here).consumed(parcel);
          },
          onFailure: (error) => {
            throw error;
          },
        },
      );
    const [here, there] = await Promise.all([open("here"), open("there")]);
    here.introduce(there.self);
    for (let n = 0; n < rounds; n++) await here.send("there", [Kind.tell, 1, "take", [large, n]]);
    await waitUntil(() => received.length >= rounds, { what: "all that was sent" });
    expect(here.route("there")).toBe("ring");
    expect(received).toEqual(Array.from({ length: rounds }, (_, n) => n));
    await Promise.all([here.close(), there.close()]);
  });
});
