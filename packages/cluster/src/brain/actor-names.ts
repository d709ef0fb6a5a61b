import { Recent, TroupeError } from "@troupe/core";

/** Free names whose last incarnation is remembered. */
const maxFree = 65_536;

/** Who has which name in which namespace, and how many had it before. */
export class ActorNames<A extends { readonly path: string }> {
  readonly #holders = new Map<string, A>();
  /** Of free names: the incarnation of the last that had it. */
  readonly #last = new Recent<string, number>(maxFree);

  /** @param namespace Where names are unique when nothing else is said. */
  constructor(private readonly namespace: string) {}

  get(name: string, namespace?: string): A | undefined {
    // What has a "/" is a path.
    return name.includes("/") ? undefined : this.#holders.get(this.#key(name, namespace));
  }

  holder(key: string): A | undefined {
    return this.#holders.get(key);
  }

  /**
   * The key of a name that nobody has.
   *
   * @throws ERR_NAME_TAKEN, ERR_CONFIG when it cannot be a name.
   */
  free(name: string, namespace?: string): string {
    if (name === "" || name.includes("/")) {
      throw new TroupeError(
        "ERR_CONFIG",
        `An actor's name must be a text without "/", not ${JSON.stringify(name)}; a path is made from its class.`,
        { details: { name } },
      );
    }
    const key = this.#key(name, namespace);
    const holder = this.#holders.get(key);
    if (!holder) return key;
    throw new TroupeError(
      "ERR_NAME_TAKEN",
      `${holder.path} has the name "${name}" already. Stop it first, choose another name, or set getIfExists.`,
      { details: { name, namespace: namespace ?? this.namespace, holder: holder.path } },
    );
  }

  /** Which incarnation of the name the next is. */
  incarnation(key: string): number {
    return (this.#last.get(key) ?? -1) + 1;
  }

  take(key: string, actor: A): void {
    this.#holders.set(key, actor);
  }

  release(key: string, incarnation: number): void {
    this.#holders.delete(key);
    this.#last.set(key, incarnation);
  }

  /** A name has no "/", so the last one ends the namespace. */
  #key(name: string, namespace = this.namespace): string {
    return `${namespace}/${name}`;
  }
}
