// A head, at the address that it is given: when a host has joined, it has arrays go there and back, and ends.
import { objects } from "@troupe/objects";
import { startTasks } from "@troupe/tasks";

import { large, total } from "./tasks.mjs";

const { system, close } = await startTasks({ pools: 1, listen: process.argv[2] });
console.log("listening");
await new Promise((resolve) => system.cluster.on("host-joined", resolve));
const there = { scheduling: { host: "host-1" } };
const made = large.with(there).submit(5_000_000, 2);
const sums = [total.with(there).submit(made), total.with({ scheduling: { host: "host-0" } }).submit(made)];
const put = objects.put(new Float64Array(1_000_000).fill(3));
sums.push(total.with(there).submit(put), total.with(there).submit(put));
console.log(`sums ${await objects.get(sums)}`);
console.log(`stores ${objects.storesOf(made)} ${objects.storesOf(put)}`);
await close();
objects.close();
