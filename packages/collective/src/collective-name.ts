import { createHash } from "node:crypto";

import { processIdentity, TroupeError, uniqueId } from "@troupe/core";

/**
 * A name that no other group has, for a group of this host. Give it to the members that are to be, in a message or as
 * an argument: on another host they are told at once that they cannot join, instead of waiting for the others.
 *
 * @param label What it begins with.
 */
export function collectiveName(label = "group"): string {
  return `${label}.${uniqueId()}@${thisHost()}`;
}

/** @throws ERR_CONFIG for the name of a group of another host. */
export function checkHost(name: string): void {
  const at = name.lastIndexOf("@");
  if (at < 0 || name.slice(at + 1) === thisHost()) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `The group ${name} is of another host. Its members meet in shared memory, so all of them are on one host: place ` +
      "them there (placement: affinity(ref)). Between hosts use a ParameterServer, or calls of actors.",
    { details: { name } },
  );
}

/** The label of the segments in which the members of this name meet. */
export function labelOf(name: string): string {
  return `collective-${createHash("sha256").update(name).digest("hex").slice(0, 29)}`;
}

/** This machine, boot and pid namespace, in eight characters. */
function thisHost(): string {
  return createHash("sha256").update(processIdentity().host).digest("hex").slice(0, 8);
}
