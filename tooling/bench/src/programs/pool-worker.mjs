// What the workers of Piscina and workerpool do. They have functions where actors have methods.
import { parentPort } from "node:worker_threads";

import workerpool from "workerpool";

let count = 0;

/** @param {number} n */
export default function add(n) {
  return (count += n);
}

// A process of workerpool's; Piscina calls the function above in a thread.
if (!parentPort) workerpool.worker({ add });
