// A driver whose pools are threads, which end one after the other by errors that nobody handles, each while it answers.
import { ActorSystem } from "@troupe/actors";

import { Crashing } from "./crashing.mjs";

const crashes = Number(process.argv[2]);
const pool = { isolation: "thread", backoff: 0 };
const system = await ActorSystem.start({ pools: [pool, pool], log: () => {} });
for (let crash = 0; crash < crashes; crash++) {
  const recovered = new Promise((resolve) => {
    const off = system.cluster.on("pool-recovered", () => resolve(off()));
  });
  const crashing = await system.create(Crashing, [], { pool: `pool-${crash % 2}` });
  const answers = Array.from({ length: 20 }, () => crashing.much());
  await Promise.allSettled([...answers, crashing.crash()]);
  await recovered;
}
await system.close();
console.log("closed");
