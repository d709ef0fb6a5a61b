import { generateClusterKey } from "@troupe/core";
import { noLeftovers } from "@troupe/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";

import { openRegistry, serveRegistry } from "../src/index.js";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

describe("a tcp registry with a cluster key", () => {
  noLeftovers();
  afterEach(() => vi.unstubAllEnvs());

  it("serves those who have the same key", async () => {
    vi.stubEnv("TROUPE_KEY", generateClusterKey());
    await using server = await serveRegistry({ listen: "tcp://127.0.0.1:0", logger: silent });
    await using registry = await openRegistry(server.url);
    await registry.set("greeting", "hello");
    expect(await registry.get("greeting")).toMatchObject({ value: "hello" });
  });

  it("refuses those with another key, who learn why at once", async () => {
    vi.stubEnv("TROUPE_KEY", generateClusterKey());
    await using server = await serveRegistry({ listen: "tcp://127.0.0.1:0", logger: silent });
    vi.stubEnv("TROUPE_KEY", generateClusterKey());
    await expect(openRegistry(server.url)).rejects.toMatchObject({ code: "ERR_UNAUTHORIZED" });
  });

  it("gives those without a key no answer", async () => {
    vi.stubEnv("TROUPE_KEY", generateClusterKey());
    await using server = await serveRegistry({ listen: "tcp://127.0.0.1:0", logger: silent });
    vi.stubEnv("TROUPE_KEY", "");
    const opening = openRegistry(server.url, { timeout: 500, logger: silent });
    await expect(opening).rejects.toMatchObject({ code: "ERR_REGISTRY" });
  });

  it("is not served to other hosts without a key", async () => {
    vi.stubEnv("TROUPE_KEY", "");
    await expect(serveRegistry({ listen: "tcp://0.0.0.0:0" })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("TROUPE_KEY") as string,
    });
  });
});
