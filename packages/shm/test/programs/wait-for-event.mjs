// Two threads wait for an event: wait-for-event.mjs <segment> [terminate]
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { Event, Segment } from "@troupe/shm";

const [segment, terminate] = process.argv.slice(2);
if (isMainThread) {
  for (let i = 0; i < 2; i++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: segment });
    worker.on("message", (text) => {
      console.log(text);
      if (terminate) void worker.terminate().then(() => console.log("terminated"));
    });
  }
} else {
  const event = new Event(new Int32Array(Segment.open(workerData).buffer));
  parentPort.postMessage("waits");
  if (event.wait()) parentPort.postMessage("passed");
}
