import type { Allocation } from "../allocation.js";
import { configError } from "../need.js";
import type { PlacementStrategy } from "./strategy.js";

/** Names a bundle in a request: `allocate({ cpu: 1, ...group.bundle(0) })`. */
export interface BundleReference {
  readonly group: string;
  readonly bundle: number;
}

/** Bundles of resources that were set aside together, to be given out by and by. */
export class PlacementGroup {
  constructor(
    readonly id: string,
    readonly strategy: PlacementStrategy,
    /** What each bundle has, and on which host. */
    readonly bundles: readonly Allocation[],
    private readonly onRemove: () => void,
  ) {}

  /** @throws ERR_CONFIG when there is no such bundle. */
  bundle(index: number): BundleReference {
    if (this.bundles[index] === undefined)
      throw configError("bundle()", "index", `must be from 0 to ${this.bundles.length - 1}; it is ${index}`);
    return { group: this.id, bundle: index };
  }

  /**
   * Gives back what nobody has taken from the bundles. Who has taken something keeps it until he releases it; Ray ends
   * him. Again: no effect.
   */
  remove(): void {
    this.onRemove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.remove();
  }
}
