// Actors that are members of a group. Pools import this module, too.
import { collective, collectiveName, dist, init, main } from "@troupe/dist";

const length = 200_000;

const Worker = dist(
  class Worker {
    async join(name, rank, size) {
      this.group = await collective({ name, rank, size, timeout: 60_000 });
      this.gradients = this.group.alloc("float32", length);
    }

    async step(value) {
      const { group, gradients } = this;
      gradients.fill(value + group.rank);
      await group.allreduce(gradients, { into: gradients });
      return [gradients[0], gradients[length - 1]];
    }

    async neighbours() {
      const { group } = this;
      const [right, left] = [(group.rank + 1) % group.size, (group.rank + group.size - 1) % group.size];
      await group.send(Int32Array.of(group.rank), { to: right });
      const [from] = await group.receive({ from: left });
      return [from, [...(await group.allgather(Int32Array.of(10 * from)))].join()].join(" ");
    }

    again(name, rank, size) {
      return collective({ name, rank, size });
    }

    onStop() {
      this.group?.close();
    }
  },
  import.meta,
);

await main(async () => {
  // Two pools for four: some members share a process.
  const cluster = await init({ pools: 2 });
  const workers = await Promise.all([0, 1, 2, 3].map(() => Worker.create()));
  const name = collectiveName("workers");
  await Promise.all(workers.map((worker, rank) => worker.join(name, rank, workers.length)));
  for (let step = 0; step < 3; step++) {
    const sums = await Promise.all(workers.map((worker) => worker.step(step)));
    console.log(sums.map((sum) => sum.join()).join(" "));
  }
  for (const line of await Promise.all(workers.map((worker) => worker.neighbours()))) console.log(line);
  await workers[1].again(name, 2, 4).catch((error) => console.log(error.code));
  await workers[1].again(name.replace(/@.*/, "@00000000"), 2, 4).catch((error) => console.log(error.code));
  await cluster.close();
  console.log("over");
});
