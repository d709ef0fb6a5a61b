import { dist, launch } from "@troupe/dist";

import type { Messages } from "./messages.js";

const [group = "hello_world", registry] = process.argv.slice(2);

/** An ordinary class; what makes it a worker of the group is said above it. */
@dist<LocalWorker, Messages>({
  group,
  component: "worker",
  registry,
  peers: { runner: 1 },
  handlers: {
    hello: (local, proxy, message) =>
      proxy.reply(message, { type: "hello_back", body: { greeting: local.greet(message.body.from) } }),
    goodbye: (_local, proxy) => proxy.close(),
  },
})
class LocalWorker {
  #greeted = 0;

  greet(whom: string): string {
    return `hello ${whom}, greeting ${++this.#greeted} of process ${process.pid}`;
  }
}

await launch(new LocalWorker());
