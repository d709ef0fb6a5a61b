import type { Group } from "../group.js";

/** Members that left and whose component is still remembered, at most. */
const maxDeparted = 65_536;

/**
 * Which component a sender belongs to, also after it left: a message may arrive after its sender's leave
 * was noticed, and still comes from that component.
 */
export class Membership {
  #living = new Map<string, string>();
  readonly #departed = new Map<string, string>();

  /** Takes the group as it is now. Members that are gone are remembered. */
  refresh(group: Group): void {
    const before = this.#living;
    this.#living = new Map();
    for (const [component, names] of group.peers) {
      for (const name of names) {
        this.#living.set(name, component);
        this.#departed.delete(name);
      }
    }
    for (const [name, component] of before) {
      if (!this.#living.has(name)) this.#remember(name, component);
    }
  }

  /** The component of a member; `undefined` for a name never seen. */
  componentOf(name: string, group: Group): string | undefined {
    const known = this.#living.get(name) ?? this.#departed.get(name);
    if (known !== undefined) return known;
    // It may have joined since: a message can be faster than the notice of its sender's joining.
    this.refresh(group);
    return this.#living.get(name);
  }

  #remember(name: string, component: string): void {
    this.#departed.set(name, component);
    if (this.#departed.size > maxDeparted) {
      for (const oldest of this.#departed.keys()) {
        this.#departed.delete(oldest);
        break;
      }
    }
  }
}

/**
 * How many living members a source stands for. A name that is both a component's and a member's stands
 * for the component here.
 */
export function livingMembers(source: string, group: Group): number {
  if (source === "*") {
    let sum = 0;
    for (const names of group.peers.values()) sum += names.length;
    return sum;
  }
  const component = group.peers.get(source);
  if (component) return component.length;
  for (const names of group.peers.values()) if (names.includes(source)) return 1;
  return 0;
}
