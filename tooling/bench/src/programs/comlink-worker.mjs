// The worker thread of the comlink contenders.
import { parentPort } from "node:worker_threads";

import { expose } from "comlink";
import endpoint from "comlink/dist/umd/node-adapter.js";

class Counter {
  count = 0;

  add(n) {
    return (this.count += n);
  }

  take(bytes) {
    return bytes.byteLength;
  }
}

expose({ Counter }, endpoint(parentPort));
