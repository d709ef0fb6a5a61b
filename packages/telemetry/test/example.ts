import { dist, init, main } from "@troupe/dist";
import { metrics } from "@troupe/telemetry";
import { Gauge } from "prom-client";

const Counter = dist(
  class Counter {
    count = 0;
    add(n: number) {
      return (this.count += n);
    }
  },
  import.meta,
);

await main(async () => {
  await using cluster = await init({ pools: 2 });
  const measured = metrics(cluster);

  // What the program itself has to tell goes with it.
  new Gauge({ name: "episode_return", help: "Of the last episode.", registers: [measured.registry] }).set(
    475,
  );

  const counter = await Counter.create();
  await counter.add(2);

  const endpoint = await measured.serve({ port: 0 }); // a port of yours; 0 is any that is free
  const answer = await fetch(endpoint.url); // as Prometheus does: http://127.0.0.1:…/metrics
  for (const line of (await answer.text()).split("\n"))
    if (/^(episode_return|troupe_hosts|troupe_method_calls_total)[ {]/.test(line)) console.log(line);
});
