import { ClusterKey, generateClusterKey, processIdentity } from "@troupe/core";
import type { Member } from "@troupe/registry";
import { describe, expect, it } from "vitest";

import { routeTo } from "../src/link/route.js";
import { CurveIdentity } from "../src/security/curve.js";

const here: Member = {
  name: "worker-0",
  component: "worker",
  endpoint: "ipc:///run/worker.sock",
  incarnation: "a",
  process: processIdentity(),
};
const elsewhere = { ...here, process: { ...here.process, host: "another" } };
const key = generateClusterKey();
const identity = new CurveIdentity(new ClusterKey(key));

describe("the route to a member", () => {
  it("is ipc on the same host, and tcp with both ends' keys to another", () => {
    expect(routeTo(here, identity)).toEqual({ endpoint: "ipc:///run/worker.sock", options: {} });
    const theirs = new CurveIdentity(new ClusterKey(key)).published;
    const member = { ...elsewhere, meta: { tcp: "tcp://10.0.0.5:7000", curve: theirs } };
    expect(routeTo(member, identity)).toMatchObject({
      endpoint: "tcp://10.0.0.5:7000",
      options: { curveServerKey: theirs.key, curvePublicKey: identity.published.key },
    });
  });

  it("never leaves the machine unencrypted, whatever a member says of itself", () => {
    const forged = { ...here, endpoint: "tcp://10.0.0.5:7000" };
    const unsigned = {
      ...elsewhere,
      meta: {
        tcp: "tcp://10.0.0.5:7000",
        curve: new CurveIdentity(new ClusterKey(generateClusterKey())).published,
      },
    };
    for (const member of [
      forged,
      unsigned,
      { ...elsewhere, meta: { tcp: "tcp://10.0.0.5:7000" } },
      elsewhere,
    ]) {
      expect(() => routeTo(member, identity)).toThrow(expect.objectContaining({ code: "ERR_UNAUTHORIZED" }));
    }
    expect(() => routeTo({ ...elsewhere, meta: { tcp: "tcp://10.0.0.5:7000" } }, undefined)).toThrow(
      expect.objectContaining({
        code: "ERR_UNAUTHORIZED",
        message: expect.stringContaining("TROUPE_KEY") as string,
      }),
    );
  });
});
