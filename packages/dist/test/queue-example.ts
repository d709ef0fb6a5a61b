import { ActorPool, dist, init, main, Queue, type Remote } from "@troupe/dist";

const Worker = dist(
  class Worker {
    square(n: number) {
      return n * n;
    }
    /** Takes numbers until the queue is closed, and gives their sum. */
    async sum(numbers: Remote<Queue<number>>) {
      let sum = 0;
      for await (const n of numbers.items()) sum += n;
      return sum;
    }
  },
  import.meta,
);

await main(async () => {
  await using cluster = await init({ pools: 2 });
  await using pool = await ActorPool.create(Worker, 2); // two actors, stopped with the pool
  const numbers = await Queue.create<number>(10); // holds ten; who puts more waits
  const sums = [pool.submit("sum", numbers), pool.submit("sum", numbers)];
  for (let n = 1; n <= 100; n++) await numbers.put(n);
  await numbers.close(); // what is in it is taken still
  const [one, two] = await Promise.all(sums);
  console.log(one! + two!); // 5050, whoever took which
  for await (const square of pool.map("square", [1, 2, 3])) console.log(square); // 1, 4, 9: in order
  console.log(pool.size, pool.idle, (await cluster.actors()).length); // 2 2 3
});
