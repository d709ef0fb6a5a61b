import { context, dist } from "@troupe/dist";

/** Counts, and says where. An ordinary class: `dist()` is all that lets it live in another process. */
export const Counter = dist(
  class Counter {
    count = 0;

    add(n: number): number {
      return (this.count += n);
    }

    /** Each count on the way up, from the present one. */
    async *climb(steps: number): AsyncGenerator<number> {
      for (let step = 0; step < steps; step++) yield this.add(1);
    }

    where(): string {
      const { path, pid } = context();
      return `${path} in process ${pid}`;
    }
  },
  import.meta,
);
