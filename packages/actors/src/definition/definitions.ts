import type { ActorDefinition } from "./definition.js";

/** The definitions of a process: by the class itself, and as messages name them. */
export class Definitions {
  readonly #byTarget = new WeakMap<object, ActorDefinition>();
  readonly #byAddress = new Map<string, ActorDefinition>();
  /** By name alone; `undefined` for a name that several have. */
  readonly #byName = new Map<string, ActorDefinition | undefined>();

  /** @param base A class that stands for the definition's own. */
  add(definition: ActorDefinition, base?: object): void {
    const { target, module, name } = definition;
    const namesake = this.#byName.get(name);
    const isOnly = !this.#byName.has(name) || (namesake !== undefined && namesake.module === module);
    this.#byTarget.set(target, definition);
    if (base) this.#byTarget.set(base, definition);
    this.#byName.set(name, isOnly ? definition : undefined);
    if (module !== undefined) this.#byAddress.set(address(module, name), definition);
  }

  of(target: object): ActorDefinition | undefined {
    return this.#byTarget.get(target);
  }

  at(module: string, name: string): ActorDefinition | undefined {
    return this.#byAddress.get(address(module, name));
  }

  /** Names of all. */
  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** The only definition with that name. */
  named(name: string): ActorDefinition | undefined {
    return this.#byName.get(name);
  }
}

function address(module: string, name: string): string {
  return `${module}#${name}`;
}
