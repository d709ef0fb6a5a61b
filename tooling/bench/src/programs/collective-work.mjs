// What the members of a group do in the cases, all of them the same.

/**
 * The work of each case by its name, which is the same at the same place in every member. Sums of sums would end at
 * infinity, so it is the greatest that is looked for.
 */
export function worksOf(group) {
  const works = new Map();
  works.set("barrier", () => group.barrier());
  for (const bytes of [1024, 1024 * 1024, 64 * 1024 * 1024]) {
    // Made when they are needed: the large ones are large.
    const own = once(() => new Float32Array(bytes / 4).fill(1));
    const into = once(() => new Float32Array(bytes / 4));
    const shared = once(() => group.alloc("float32", bytes / 4));
    works.set(`allreduce ${bytes}`, () => group.allreduce(shared(), { into: shared(), op: "max" }));
    works.set(`allreduce own ${bytes}`, () => group.allreduce(own(), { into: into(), op: "max" }));
    works.set(`broadcast ${bytes}`, () => group.broadcast(shared()));
  }
  return works;
}

/** Does it `n` times; seconds. */
export async function timed(group, work, n) {
  await group.barrier();
  const start = performance.now();
  for (let i = 0; i < n; i++) await work();
  return (performance.now() - start) / 1000;
}

function once(make) {
  let made;
  return () => (made ??= make());
}
