import type { BenchCase } from "../../case.js";
import { comlinkCreate } from "../../peers/comlink.js";
import { nactCreate } from "../../peers/nact.js";
import { ray, xoscar } from "../../peers/python.js";
import { instanceBytes, nodeMemory, nodeStart } from "../../raw/limits.js";
import { troupe, troupeCold, troupeGauge } from "../../troupe/actors.js";
import { ringCalls } from "../../raw/ring.js";

/** What it costs that there are actors, before they are called. */
export const lifecycleCases: readonly BenchCase[] = [
  {
    group: "actors",
    name: "actor made in a standing pool",
    unit: "ops/s",
    batch: 4,
    // 20,000/s: by the 170,000 calls a second of the ring prototype, by Ray's 100/s, by Xoscar's 700/s.
    reach: [
      { of: "ring prototype", ratio: 0.12 },
      { of: "Ray", ratio: 200 },
      { of: "Xoscar", ratio: 28 },
    ],
    contenders: [
      troupe("create"),
      ringCalls(1),
      comlinkCreate,
      nactCreate,
      ray.speed("create"),
      xoscar.speed("create"),
    ],
  },
  {
    group: "actors",
    name: "init() to first reply, cold process",
    unit: "ms",
    // 250 ms: by the 70 ms in which Node starts with the libraries.
    reach: { of: "node + libraries", ratio: 3.6 },
    contenders: [troupeCold, nodeStart, ray.cold("sync"), xoscar.cold("sync")],
  },
  {
    group: "actors",
    name: "memory of an idle pool",
    unit: "MB",
    // 70 MB: by the 52 MB of Node with the libraries.
    reach: { of: "node + libraries", ratio: 1.35 },
    contenders: [troupeGauge("memory"), nodeMemory, ray.gauge("memory"), xoscar.gauge("memory")],
  },
  {
    group: "actors",
    name: "memory of an idle actor, in its pool",
    unit: "bytes",
    // 1 KiB over the instance, whose 24 to 40 bytes are a part of it.
    reach: { figure: 1024 },
    contenders: [troupeGauge("idleActorInPool"), instanceBytes],
  },
  {
    group: "actors",
    name: "memory of an idle actor, in its driver",
    unit: "bytes",
    contenders: [troupeGauge("idleActorInDriver")],
  },
];
