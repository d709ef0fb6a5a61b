import { defaultLogger } from "@troupe/core";
import { noLeftovers } from "@troupe/testkit";
import { expect, it, onTestFinished, vi } from "vitest";
import { Pull, Push } from "zeromq";

import { Endpoint, type EndpointHandler } from "../src/inbound/endpoint.js";
import { defaultLimits } from "../src/options.js";

noLeftovers();

it("reads nothing once an endpoint is closed, not even what had arrived by then", async () => {
  const receive = vi.spyOn(Pull.prototype, "receive");
  onTestFinished(() => void receive.mockRestore());
  const endpoint = await Endpoint.open({ limits: defaultLimits, log: defaultLogger() });
  const serving = endpoint.serve({ links: {}, backlog: 0 } as EndpointHandler);
  const socket = receive.mock.contexts[0] as Pull;
  const sender = new Push({ linger: 0 });
  onTestFinished(() => sender.close());
  sender.connect(endpoint.url);
  await sender.send("a packet");
  // Within this turn of the event loop: it is there, and nobody was told of it yet.
  while (!socket.readable);
  endpoint.close();
  await serving;
  expect(endpoint.stats.packets).toBe(0);
});
