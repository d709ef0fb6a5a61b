import { ClusterKey, generateClusterKey, Kind, type WireMessage } from "@troupe/core";
import type { Member } from "@troupe/registry";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { curveKeyPair, Push } from "zeromq";

import { Transport } from "../src/index.js";

interface Station {
  readonly transport: Transport;
  readonly received: WireMessage[];
}

async function station(name: string, key?: ClusterKey): Promise<Station> {
  const received: WireMessage[] = [];
  const remote = key && { listen: "tcp://127.0.0.1:*", key };
  const transport = await Transport.open(
    { name, component: "test", remote },
    {
      onMessage: (message) => void received.push(message),
      onFailure: (error) => {
        throw error;
      },
    },
  );
  onTestFinished(() => transport.close());
  return { transport, received };
}

/** What a process on another machine would be told of the peer: that it is not on this one. */
function fromElsewhere(peer: Member): Member {
  return { ...peer, process: { ...peer.process, host: "another machine" } };
}

const told: WireMessage = [Kind.result, 1, "hello"];

describe("a transport that listens for other machines", () => {
  noLeftovers();

  it("is reached from there by whoever has its key, though it has never heard of him", async () => {
    const key = generateClusterKey();
    const here = await station("here", new ClusterKey(key));
    const there = await station("there", new ClusterKey(key));
    there.transport.introduce(fromElsewhere(here.transport.self));
    await there.transport.answer("here", told);
    await waitUntil(() => here.received.length === 1, { what: "the message" });
    expect(there.transport.route("here")).toBe("tcp");
  });

  it("is reached by ipc on its own machine all the same", async () => {
    const key = new ClusterKey(generateClusterKey());
    const here = await station("here", key);
    const there = await station("there", key);
    there.transport.introduce(here.transport.self);
    await there.transport.answer("here", told);
    await waitUntil(() => here.received.length === 1, { what: "the message" });
    expect(there.transport.route("here")).toBe("ipc");
  });

  it("is not spoken to by who has another key, or none", async () => {
    const here = await station("here", new ClusterKey(generateClusterKey()));
    for (const key of [new ClusterKey(generateClusterKey()), undefined]) {
      const there = await station("there", key);
      there.transport.introduce(fromElsewhere(here.transport.self));
      expect(() => there.transport.answer("here", told)).toThrow(
        expect.objectContaining({ code: "ERR_UNAUTHORIZED" }),
      );
    }
  });

  it("lets nobody in who does not show the key of those who connect", async () => {
    const here = await station("here", new ClusterKey(generateClusterKey()));
    const { tcp, curve } = here.transport.self.meta as { tcp: string; curve: { key: string } };
    const { publicKey, secretKey } = curveKeyPair();
    const stranger = new Push({
      curveServerKey: curve.key,
      curvePublicKey: publicKey,
      curveSecretKey: secretKey,
      linger: 0,
    });
    onTestFinished(() => stranger.close());
    let refused = 0;
    stranger.events.on("handshake:error:auth", () => void refused++);
    stranger.connect(tcp);
    await waitUntil(() => refused > 0, { what: "ZeroMQ to refuse the stranger" });
  });
});

describe("the next process of a name on another machine", () => {
  noLeftovers();

  it("takes the place of the one before when it introduces itself", async () => {
    const key = new ClusterKey(generateClusterKey());
    const here = await station("here", key);
    const next = await station("pool-0", key);
    const { self } = next.transport;
    // A process of this machine may have that pid, and has nothing to do with it.
    here.transport.introduce({ ...fromElsewhere(self), incarnation: "earlier" });
    next.transport.introduce(here.transport.self);
    await next.transport.answer("here", told);
    await waitUntil(() => here.received.length === 1, { what: "the message" });
    expect(here.transport.peer("pool-0")?.incarnation).toBe(self.incarnation);
  });
});
