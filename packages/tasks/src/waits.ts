import { objects } from "@troupe/objects";

import { shared } from "./shared.js";

/**
 * Counts from now on those of this process who wait for objects: until they have them its program is not done. They may
 * do so before there is a cluster.
 */
export function countWaits(): void {
  shared.stopCounting ??= objects.onWait((begins) => {
    shared.waiting += begins ? 1 : -1;
  });
}
