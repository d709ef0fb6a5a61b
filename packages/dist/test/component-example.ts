import { dist, launch, Proxy } from "@troupe/dist";

interface Messages {
  hello: undefined;
  hello_back: string;
  goodbye: undefined;
}

@dist<LocalWorker, Messages>({
  group: "hello_world",
  component: "worker",
  registry: "memory:", // of this process; by default that of this machine, and redis:// is for many
  handlers: {
    hello: (local, proxy, message) => proxy.reply(message, { type: "hello_back", body: local.greeting }),
    goodbye: (_local, proxy) => proxy.close(),
  },
})
class LocalWorker {
  greeting = "hi"; // an ordinary class: without launch() it is what it always was
}

const worker = launch(new LocalWorker()); // joins the group, and serves until it is closed

const at = { group: "hello_world", registry: "memory:" };
const runner = await Proxy.join<Messages>({ ...at, component: "runner", peers: { worker: 1 } });
const answer = await runner.request("worker-0", { type: "hello" });
console.log(answer.source, "says", answer.body); // worker-0 says hi
await runner.send("worker-0", { type: "goodbye" });
await worker;
await runner.close();
