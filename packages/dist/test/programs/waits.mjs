// Actors that wait for others in vain: for rows, for a group's members. Pools import this module, too.
import { collective, dist, field, init, main, ReplayBuffer } from "@troupe/dist";

/** Groups of this process, which end with it. */
const groups = [];

const Waiter = dist(
  class Waiter {
    async next(replay) {
      await replay.reader().next(1);
    }

    async join(name, rank) {
      groups.push(await collective({ name, rank, size: 2 }));
    }

    async barrier() {
      await groups[0].barrier();
    }

    hello() {
      return "hello";
    }
  },
  import.meta,
);

await main(async () => {
  const cluster = await init({ pools: 2 });
  const replay = new ReplayBuffer({ capacity: 10, schema: { value: field("float32") } });
  const [first, second, third] = await Promise.all([0, 1, 2].map(() => Waiter.create()));

  /** Resolves when so many actors are in a method. */
  const busy = async (count) => {
    while ((await cluster.actors()).filter(({ running }) => running?.length > 0).length < count);
  };

  // The next call is answered when the one before it has ended.
  const over = new AbortController();
  const cancelled = first.next
    .with({ signal: over.signal })(replay)
    .catch((error) => error.code);
  await busy(1);
  over.abort();
  console.log(await cancelled, await first.hello());

  const name = `waits-${process.pid}`;
  await Promise.all([first.join(name, 0), second.join(name, 1)]);
  const waiting = [first.barrier(), second.next(replay), third.join(`${name}-alone`, 0)];
  const ended = Promise.all(waiting.map((call) => call.catch((error) => error.code)));
  await busy(3);
  await cluster.close();
  console.log((await ended).join());
  replay.close();
});
