import { actorOf, dist, init, main } from "@troupe/dist";

/** Made again when its process dies, with its state; a deposit that was under way then is made again, too, once. */
const Account = dist(
  class Account {
    balance = 0;

    deposit(amount: number): number {
      return (this.balance += amount);
    }
  },
  import.meta,
  { restarts: 3, persist: true, methods: { deposit: { retries: 5, key: true } } },
);

await main(async () => {
  await using cluster = await init({ pools: 2 });
  const account = await Account.create();
  cluster.on("pool-died", ({ process, reason }) => console.log(`${process} ${reason}`));
  await account.deposit(100); // answered when it is saved

  const deposits = Array.from({ length: 10 }, () => account.deposit(1));
  process.kill(actorOf(account).pid!, "SIGKILL"); // pool-0 was killed by SIGKILL
  await Promise.all(deposits);
  console.log(await account.balance); // 110: the same reference, and no deposit lost or made twice
});
