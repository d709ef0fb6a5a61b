import { dist, launch, type Proxy } from "@troupe/dist";

import type { Messages } from "./messages.js";

const [group = "hello_world", registry, workers = "5", started = ""] = process.argv.slice(2);

/** Says hello to every worker, and goodbye when all have answered. */
class Runner {
  answers = 0;

  async onStart(proxy: Proxy<Messages>): Promise<void> {
    await proxy.broadcast("worker", { type: "hello", body: { from: proxy.name } });
  }
}

const DistributedRunner = dist<typeof Runner, Messages>(Runner, {
  group,
  component: "runner",
  registry,
  peers: { worker: Number(workers) },
  handlers: {
    hello_back: (local, _proxy, message) => {
      local.answers++;
      console.log(`${message.source}: ${message.body.greeting}`);
    },
    "worker:hello_back:100%": async (local, proxy) => {
      const time = Date.now() - Number(started);
      console.log(
        `${local.answers} workers joined and answered, ${time} ms after their processes were started`,
      );
      await proxy.broadcast("worker", { type: "goodbye" });
      await proxy.close();
    },
  },
});

await launch(new DistributedRunner());
