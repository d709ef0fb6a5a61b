// A program whose actors get a parameter server in the message that makes them, in a cluster that nobody opened.
import { dist, main, ParameterServer, sgd } from "@troupe/dist";

const Worker = dist(
  class Worker {
    constructor(server) {
      this.server = server;
    }
    async learn(rounds) {
      for (let round = 0; round < rounds; round++) {
        const { version, tensors } = await this.server.pull("policy");
        await this.server.apply("policy", tensors, { baseVersion: version });
      }
    }
  },
  import.meta,
);

await main(async () => {
  const server = await ParameterServer.create({ optimizer: sgd({ learningRate: 0.5 }) });
  await server.push("policy", { w: { data: Float32Array.of(64), shape: [1] } });
  const worker = await Worker.create(server);
  await worker.learn(3);
  const { version, tensors } = await server.pull("policy");
  console.log(version, tensors.w.data[0]);
});
