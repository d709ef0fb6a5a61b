import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ClusterKey, configuredClusterKey, generateClusterKey } from "../src/index.js";

/** 32 bytes, 0 to 31. */
const text = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const purpose = "curve key of a member";
const published = "x".repeat(40);

const configError = (message: unknown) => expect.objectContaining({ code: "ERR_CONFIG", message }) as Error;

describe("a cluster key", () => {
  it("signs as docs/protocol.md says: with what an implementation in Python gave", () => {
    expect(new ClusterKey(text).sign(purpose, published)).toBe("bcAjnk_xzbiuVk1gy8Dc6n_XV1ac56REEZ-K9AQ0A54");
  });

  it("vouches for what it signed, and for nothing else", () => {
    const key = new ClusterKey(generateClusterKey());
    const proof = key.sign(purpose, published);
    expect(key.verifies(purpose, published, proof)).toBe(true);
    expect(key.verifies("another purpose", published, proof)).toBe(false);
    expect(key.verifies(purpose, `${published}y`, proof)).toBe(false);
    for (const forged of [
      "",
      proof.slice(1),
      `${proof}A`,
      proof.replace(/./, (c) => (c === "A" ? "B" : "A")),
    ])
      expect(key.verifies(purpose, published, forged)).toBe(false);
    expect(new ClusterKey(generateClusterKey()).verifies(purpose, published, proof)).toBe(false);
  });

  it("derives another key for each purpose", () => {
    const key = new ClusterKey(text);
    expect(key.derive("a")).toHaveLength(32);
    expect(key.derive("a").equals(key.derive("a"))).toBe(true);
    expect(key.derive("a").equals(key.derive("b"))).toBe(false);
  });

  it("is new each time that it is generated, and never shown", () => {
    const texts = new Set(Array.from({ length: 100 }, generateClusterKey));
    expect(texts.size).toBe(100);
    const key = new ClusterKey(text);
    expect(JSON.stringify(key)).toBe("{}");
    expect(inspect(key, { showHidden: true })).not.toContain(text);
  });

  it.each(["", "short", `${text}A`, text.slice(1), `${text.slice(1)}!`, text.replace("A", " ")])(
    "is refused as %j, without repeating it",
    (malformed) => {
      expect(() => new ClusterKey(malformed)).toThrow(
        configError(
          "The cluster key must be 32 bytes as base64url, 43 characters, as generateClusterKey() makes it.",
        ),
      );
    },
  );
});

describe("the configured cluster key", () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "troupe-key-"));
    path = join(directory, "key");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true });
  });

  const configure = (variables: { TROUPE_KEY?: string; TROUPE_KEY_FILE?: string }) => {
    vi.stubEnv("TROUPE_KEY", variables.TROUPE_KEY ?? "");
    vi.stubEnv("TROUPE_KEY_FILE", variables.TROUPE_KEY_FILE ?? "");
  };
  const proof = new ClusterKey(text).sign(purpose, published);

  it("is none where none is given", () => {
    configure({});
    expect(configuredClusterKey()).toBeUndefined();
  });

  it("is what is given, else what the environment says", () => {
    configure({ TROUPE_KEY: generateClusterKey() });
    expect(configuredClusterKey(text)?.sign(purpose, published)).toBe(proof);
    configure({ TROUPE_KEY: text });
    expect(configuredClusterKey()?.sign(purpose, published)).toBe(proof);
  });

  it("is read from a file that only this user can read", () => {
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    configure({ TROUPE_KEY_FILE: path });
    expect(configuredClusterKey()?.sign(purpose, published)).toBe(proof);
    chmodSync(path, 0o640);
    expect(() => configuredClusterKey()).toThrow(
      configError(`The key file ${path} can be read by others; run chmod 600 ${path}.`),
    );
  });

  it("is refused from a file that is not there", () => {
    configure({ TROUPE_KEY_FILE: path });
    expect(() => configuredClusterKey()).toThrow(configError(`The key file ${path} cannot be read.`));
  });
});
