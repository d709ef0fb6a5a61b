// Counts under a lock: counter.mjs <segment> <process> count <times>, or takes the lock and stays: … hold,
// or takes it in a thread that ends: … hold-in-thread. Words: lock, sum of all, then a count for each process.
import { isMainThread, Worker, workerData } from "node:worker_threads";

import { Mutex, Segment } from "@troupe/shm";

const [segment, process_, what, times] = workerData ?? process.argv.slice(2);
const words = new Int32Array(Segment.open(segment).buffer);
const mutex = new Mutex(words, 0);

if (what === "hold") {
  mutex.lock();
  if (isMainThread) {
    console.log("holding");
    setInterval(() => {}, 1000);
  }
} else if (what === "hold-in-thread") {
  setInterval(() => {}, 1000);
  const worker = new Worker(new URL(import.meta.url), { workerData: [segment, process_, "hold"] });
  worker.on("exit", () => console.log("thread ended"));
} else {
  for (let i = 0; i < Number(times); i++) {
    // What a dead one left half done: it counted for itself, and not in the sum.
    if (mutex.lock() === "abandoned") words[1] = sum();
    words[2 + Number(process_)]++;
    const before = words[1];
    for (let pause = i % 64; pause > 0; pause--) Atomics.load(words, 0);
    words[1] = before + 1;
    mutex.unlock();
  }
  console.log("counted");
}

function sum() {
  return words.subarray(2, 64).reduce((sum, count) => sum + count, 0);
}
