import { once } from "node:events";
import { connect } from "node:net";

import { noLeftovers } from "@troupe/testkit";
import { expect, it } from "vitest";

import { metrics } from "../src/index.js";
import { Counter } from "./programs/actors.mjs";
import { parseExposition } from "./support/exposition.js";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

it("an endpoint answers scrapers, and nothing else", async () => {
  await using cluster = await startCluster({ pools: 1 });
  const endpoint = await metrics(cluster).serve({ port: 0 });
  expect(endpoint.url).toBe(`http://127.0.0.1:${endpoint.port}/metrics`);
  const answer = await fetch(`${endpoint.url}?from=prometheus`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(
    parseExposition(await answer.text())
      .get("troupe_hosts")
      ?.samples.get(""),
  ).toBe(1);
  const head = await fetch(endpoint.url, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  const elsewhere = await fetch(new URL("/", endpoint.url));
  expect([elsewhere.status, await elsewhere.text()]).toEqual([404, "Metrics are at /metrics.\n"]);
  const post = await fetch(endpoint.url, { method: "POST", body: "something" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

it("a port that is taken is refused, and free again when the endpoint is closed", async () => {
  await using cluster = await startCluster({ pools: 0 });
  const measured = metrics(cluster);
  const first = await measured.serve({ port: 0 });
  const { port } = first;
  const error = await failureOf(measured.serve({ port }));
  expect(error).toMatchObject({
    code: "ERR_CONFIG",
    message: `Metrics cannot be served at http://127.0.0.1:${port}: another listens there; take another port.`,
    details: { host: "127.0.0.1", port },
  });
  await first.close();
  await using second = await measured.serve({ port });
  expect((await fetch(second.url)).status).toBe(200);
});

it("an endpoint ends with its cluster, also with a scraper that stays connected", async () => {
  const cluster = await startCluster({ pools: 0 });
  const { port, url } = await metrics(cluster).serve({ port: 0 });
  const idle = connect(port, "127.0.0.1");
  await once(idle, "connect");
  const ended = once(idle, "close");
  expect((await fetch(url)).status).toBe(200);
  await cluster.close();
  await ended;
  await expect(fetch(url)).rejects.toThrow();
});

it("a scraper is told when metrics cannot be gathered in time", async () => {
  await using cluster = await startCluster({ pools: 1 });
  const measured = metrics(cluster, { timeout: 1 });
  const pid = await (await Counter.create()).pid();
  process.kill(pid, "SIGSTOP");
  try {
    expect(await failureOf(measured.text())).toMatchObject({ code: "ERR_TIMEOUT" });
    const answer = await fetch((await measured.serve({ port: 0 })).url);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/gathering metrics/);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

it.each([
  [{ port: 65_536 }, /serve\(\): port must be a whole number from 0 to 65535, not 65536/],
  [{ port: "9464" }, /, not '9464'/],
  [{ port: 0, hots: "::" }, /there is no option hots; host may be meant/],
  [{ port: 0, host: "" }, /host must be the address of an interface, as "127.0.0.1", not ''/],
  [{ port: 0, host: "192.0.2.1" }, /cannot be served at http:\/\/192\.0\.2\.1:0: .*EADDRNOTAVAIL/],
])("an endpoint is not opened with %j", async (options, message) => {
  await using cluster = await startCluster({ pools: 0 });
  const error = await failureOf(metrics(cluster).serve(options as { port: number }));
  expect(error).toMatchObject({ code: "ERR_CONFIG", message: expect.stringMatching(message) });
});
