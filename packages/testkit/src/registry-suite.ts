import { processIdentity, uniqueId } from "@troupe/core";
import type { Registry } from "@troupe/registry";
import { afterAll, afterEach, beforeAll, describe } from "vitest";

import { endingTests, type Stall } from "./registry-suite/ending-tests.js";
import { keyTests } from "./registry-suite/key-tests.js";
import { membershipTests } from "./registry-suite/membership-tests.js";
import type { RegistryUnderTest } from "./registry-suite/registry-under-test.js";
import { watchTests } from "./registry-suite/watch-tests.js";

/** A registry that {@link registrySuite} tries out. */
export interface RegistryFixture {
  /** Opens one more client of the same registry. The suite closes it. */
  open(): Promise<Registry>;
  /** Ends the registry after the last test. */
  close?(): Promise<void>;
  /** With the capability `stall`: lets nobody be answered, until what it gives is called. */
  stall?: Stall;
}

/** What a driver can be made to do. */
export interface RegistryCapabilities {
  /** It may be out of reach for a while; one that is kept in the process of its only users cannot. */
  readonly stall: boolean;
}

/**
 * What every registry driver promises, as tests: names and leases, watches, versions, ends and errors.
 * Call it in a test file of one's own.
 *
 * ```ts
 * registrySuite("memory", { stall: false }, async () => ({ open: () => openRegistry("memory:") }));
 * ```
 *
 * @param start Makes the registry before the first test; all tests use it, with names of their own.
 */
export function registrySuite(
  name: string,
  capabilities: RegistryCapabilities,
  start: () => Promise<RegistryFixture>,
): void {
  describe(`registry: ${name}`, () => {
    let fixture: RegistryFixture;
    const opened: Registry[] = [];
    const registry: RegistryUnderTest = {
      open: async () => {
        const client = await fixture.open();
        opened.push(client);
        return client;
      },
      fresh: (stem) => `${stem}-${uniqueId()}`,
      member: (memberName, changes) => ({
        name: memberName,
        component: "worker",
        endpoint: "tcp://127.0.0.1:1",
        incarnation: uniqueId(),
        process: processIdentity(),
        ...changes,
      }),
    };
    const stall: Stall = async () => {
      if (!fixture.stall) throw new Error("The fixture declares the capability stall and has none.");
      return fixture.stall();
    };

    beforeAll(async () => {
      fixture = await start();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((client) => client.close()));
    });
    afterAll(async () => {
      await fixture.close?.();
    });

    membershipTests(registry);
    watchTests(registry);
    keyTests(registry);
    endingTests(registry, capabilities.stall ? stall : undefined);
  });
}
