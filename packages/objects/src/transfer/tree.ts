/**
 * The way of an object to many hosts: a complete tree in the order of the list, as a heap is laid out in an array. The
 * root is at place 0 and feeds places 1 to `fanout`; place p feeds p · fanout + 1 to p · fanout + fanout. So it has the least
 * depth that `fanout` allows, and who comes early in the list is near the root.
 *
 * @returns The places from which place `place` can be fed, the nearest first, the root last.
 */
export function ancestors(place: number, fanout: number): number[] {
  const places: number[] = [];
  for (let at = place; at > 0;) places.push((at = Math.floor((at - 1) / fanout)));
  return places;
}
