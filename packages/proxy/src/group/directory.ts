import type { Member, MembershipChange } from "@troupe/registry";

import { RecentMap } from "../recent-map.js";

/** A member of the group as events and errors name it. */
export interface Peer {
  readonly name: string;
  readonly component: string;
}

/** What a change of the group means for this member. */
export interface DirectoryChange {
  readonly joined: readonly Member[];
  /** Names seen before that are back, whether the same process or another. */
  readonly rejoined: readonly Member[];
  readonly left: readonly Member[];
}

/** Names of those who left that are remembered, oldest dropped first. */
const maxGone = 8192;

/** Who is in the group besides this member: by name, by component, and who was. */
export class Directory {
  readonly #members = new Map<string, Member>();
  readonly #gone = new RecentMap<string, Member>(maxGone);
  #byComponent: ReadonlyMap<string, readonly string[]> = new Map();

  /** @param self This member's name, which is never among its peers. */
  constructor(private readonly self: string) {}

  /** Names of the living by component, each in order of joining. A new map after every change. */
  get peers(): ReadonlyMap<string, readonly string[]> {
    return this.#byComponent;
  }

  /** The living member of that name. */
  get(name: string): Member | undefined {
    return this.#members.get(name);
  }

  /** The living member of that incarnation. Linear. */
  findIncarnation(incarnation: string): Member | undefined {
    for (const member of this.#members.values()) if (member.incarnation === incarnation) return member;
    return undefined;
  }

  /** Whether a living member fits. Linear. */
  some(fits: (member: Member) => boolean): boolean {
    for (const member of this.#members.values()) if (fits(member)) return true;
    return false;
  }

  /** Whether a member of that name was here and left. */
  hasLeft(name: string): boolean {
    return this.#gone.has(name);
  }

  /** Names of a component's living members, or of all with `*`. */
  names(component: string): readonly string[] {
    return component === "*" ? [...this.#members.keys()] : (this.#byComponent.get(component) ?? []);
  }

  /** Takes over the group's present state and says what that changed. */
  apply(change: Pick<MembershipChange, "members">): DirectoryChange {
    const now = new Map(
      change.members.filter(({ name }) => name !== this.self).map((member) => [member.name, member]),
    );
    const left: Member[] = [];
    const joined: Member[] = [];
    const rejoined: Member[] = [];
    for (const [name, member] of this.#members) {
      const present = now.get(name);
      if (present?.incarnation === member.incarnation) continue;
      left.push(member);
      this.#gone.set(name, member);
    }
    for (const [name, member] of now) {
      if (this.#members.get(name)?.incarnation === member.incarnation) continue;
      (this.#gone.delete(name) ? rejoined : joined).push(member);
    }
    this.#members.clear();
    for (const [name, member] of now) this.#members.set(name, member);
    this.#byComponent = group(now.values());
    return { joined, rejoined, left };
  }
}

function group(members: Iterable<Member>): Map<string, string[]> {
  const components = new Map<string, string[]>();
  for (const { component, name } of members) {
    const names = components.get(component);
    if (names) names.push(name);
    else components.set(component, [name]);
  }
  return components;
}
