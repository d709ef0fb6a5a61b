// A replay buffer: passed to actors of other processes, and served as one. Pools import this module, too.
import { dist, field, init, main, ReplayBuffer, ReplayShards } from "@troupe/dist";

const schema = { value: field("float64", [2]), worker: field("int32") };

const Worker = dist(
  class Worker {
    constructor(replay, worker) {
      this.writer = replay.writer();
      this.worker = worker;
    }

    work(n) {
      for (let i = 0; i < n; i++) this.writer.write({ value: [i, process.pid], worker: this.worker });
      return n;
    }
  },
  import.meta,
);

const Served = dist(ReplayBuffer, import.meta);

await main(async () => {
  const isolation = process.argv[2];
  const cluster = await init({ pools: [{ isolation }, { isolation }] });
  const replay = new ReplayBuffer({ capacity: 1000, schema });
  const workers = await Promise.all([0, 1, 2].map((worker) => Worker.create(replay, worker)));
  await Promise.all(workers.map((worker) => worker.work(100)));
  const area = replay.reader().acquire(300);
  console.log(
    replay.size,
    [0, 1, 2].map((worker) => area.columns.worker.filter((w) => w === worker).length).join(),
  );
  console.log(area.columns.value.includes(process.pid));
  area.release();

  const served = await Served.create({ capacity: 100, schema });
  for (let i = 0; i < 10; i++) await served.write({ value: [i, 0], worker: 7 });
  await served.writeBatch({ value: new Float64Array(20), worker: new Int32Array(10).fill(7) });
  const batch = await served.sample(16);
  console.log(
    await served.size,
    batch.columns.worker.length,
    batch.columns.worker.every((worker) => worker === 7),
  );
  const { inserted, sampled } = await served.stats();
  console.log(inserted, sampled);
  await served.write({ value: [1], worker: 7 }).catch((error) => console.log(error.code));

  const shards = new ReplayShards([served, replay]);
  console.log(await shards.size(), (await shards.sample(64)).size);
  replay.close();
  await cluster.close();
  console.log("over");
});
