import type { ParameterServer } from "@troupe/dist";

import type { Policy } from "./policy/policy.js";

/** The policy that learns. */
const newest = "policy";
/** Earlier ones that are played against, and how many versions lie between two of them. */
const pastCount = 8;
const versionsBetween = 5;

/** A policy and its earlier versions, on a parameter server. */
export class League {
  constructor(private readonly server: ParameterServer) {}

  /** Loads the newest version, if it is newer than that; gives which it is. */
  async loadNewest(policy: Policy, newerThan = 0): Promise<number> {
    using parameters = await this.server.pull(newest, { newerThan });
    if (!parameters) return newerThan;
    policy.load(parameters.tensors);
    return parameters.version;
  }

  /** Loads one of the earlier versions. @param chance From 0 up to 1: which. */
  async loadPast(policy: Policy, chance: number): Promise<void> {
    using parameters = await this.server.pull(pastTag(Math.floor(chance * pastCount)));
    policy.load(parameters.tensors);
  }

  /** Makes it the first of all, which plays against itself. The newest comes last: once it is there, all are. */
  async begin(policy: Policy): Promise<void> {
    const places = Array.from({ length: pastCount }, (_, place) => place);
    await Promise.all(places.map((place) => this.server.push(pastTag(place), policy.tensors)));
    await this.server.push(newest, policy.tensors);
  }

  /** Makes it the newest; now and then it also takes the place of the oldest of the earlier ones. */
  async publish(policy: Policy): Promise<void> {
    const version = await this.server.push(newest, policy.tensors);
    if (version % versionsBetween > 0) return;
    await this.server.duplicate(newest, pastTag((version / versionsBetween) % pastCount));
  }
}

function pastTag(place: number): string {
  return `past-${place}`;
}
