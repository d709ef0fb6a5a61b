import { isTroupeError, TroupeError } from "@troupe/core";
import type { Member, Membership, Registry } from "@troupe/registry";

import type { Settings } from "../options.js";

/** Numbers tried for a name before giving up: a group of one component is no larger. */
const maxNumber = 100_000;

/**
 * Joins the group under the name that was asked for, or under the component and its first free number.
 *
 * Members that start together race for numbers; the loser of a race takes the next.
 *
 * @throws ERR_NAME_TAKEN, and what the registry throws.
 */
export async function joinUnderName(
  registry: Registry,
  settings: Settings,
  describe: (name: string) => Member,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<Membership> {
  const join = (name: string) =>
    registry.join(settings.group, describe(name), {
      ttl: settings.lease,
      timeout: settings.joinTimeout,
      ...options,
    });
  if (settings.name !== undefined) return join(settings.name);
  const taken = new Set((await registry.members(settings.group, options)).map(({ name }) => name));
  for (let number = 0; number < maxNumber; number++) {
    const name = `${settings.component}-${number}`;
    if (taken.has(name)) continue;
    try {
      return await join(name);
    } catch (error) {
      if (!isTroupeError(error, "ERR_NAME_TAKEN")) throw error;
    }
  }
  throw new TroupeError(
    "ERR_NAME_TAKEN",
    `No number up to ${maxNumber} is free for a "${settings.component}".`,
  );
}
