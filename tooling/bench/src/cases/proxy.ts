import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Proxy } from "@troupe/proxy";
import { Pull, Push } from "zeromq";

import type { BenchCase, Contender } from "../harness.js";

const small = { step: 331, text: "a small message of sixty bytes" };
const mebibyte = new Uint8Array(1024 * 1024).fill(7);

/** What both ends of a contender need, gone after {@link close}. */
interface Ends {
  readonly directory: string;
  readonly child: ChildProcess;
  close(): Promise<void>;
}

async function fork_(program: string, args: (directory: string) => string[]): Promise<Ends> {
  const directory = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  process.env["TROUPE_RUNTIME_DIR"] = directory;
  const child = fork(new URL(`../programs/${program}`, import.meta.url), args(directory), { execArgv: [] });
  return {
    directory,
    child,
    async close() {
      child.disconnect();
      await once(child, "exit");
      await rm(directory, { recursive: true });
    },
  };
}

/** Raw PUSH/PULL over ipc, one ZeroMQ message for each of ours, nothing encoded. */
async function rawEnds(mode: "echo" | "sink") {
  const ends = await fork_("raw-peer.mjs", (directory) => [
    mode,
    `ipc://${directory}/there`,
    `ipc://${directory}/here`,
  ]);
  const pull = new Pull();
  const push = new Push({ sendHighWaterMark: mode === "echo" ? 0 : 1000 });
  await pull.bind(`ipc://${ends.directory}/here`);
  push.connect(`ipc://${ends.directory}/there`);
  await once(ends.child, "message");
  return {
    pull,
    push,
    child: ends.child,
    teardown: async () => {
      pull.close();
      push.close();
      await ends.close();
    },
  };
}

async function troupeEnds() {
  const registry = (directory: string) => `ipc://${directory}/registry`;
  const ends = await fork_("proxy-peer.mjs", (directory) => ["bench", registry(directory)]);
  const proxy = await Proxy.join({
    group: "bench",
    component: "driver",
    peers: { peer: 1 },
    registry: registry(ends.directory),
  });
  return {
    proxy,
    teardown: async () => {
      await proxy.close();
      await ends.close();
    },
  };
}

/** `n` echoes with at most `inFlight` of them on their way. */
export function rawEcho(name: string, payload: Uint8Array, inFlight: number): Contender {
  return {
    name,
    role: "raw",
    async setup() {
      const { pull, push, teardown } = await rawEnds("echo");
      return {
        async run(n) {
          let sent = 0;
          for (let received = 0; received < n; received++) {
            while (sent < n && sent - received < inFlight) {
              await push.send(payload);
              sent++;
            }
            await pull.receive();
          }
        },
        teardown,
      };
    },
  };
}

function troupeEcho(body: unknown, inFlight: number): Contender {
  return {
    name: "Troupe request",
    role: "troupe",
    async setup() {
      const { proxy, teardown } = await troupeEnds();
      return {
        async run(n) {
          let left = n;
          const caller = async () => {
            while (left-- > 0) await proxy.request("peer-0", { type: "echo", body });
          };
          await Promise.all(Array.from({ length: Math.min(n, inFlight) }, caller));
        },
        teardown,
      };
    },
  };
}

const oneWay: BenchCase = {
  group: "proxy",
  name: "one way, small",
  unit: "ops/s",
  batch: 2000,
  reach: { of: "raw, unbatched", ratio: 3 },
  contenders: [
    {
      name: "Troupe send",
      role: "troupe",
      async setup() {
        const { proxy, teardown } = await troupeEnds();
        return {
          async run(n) {
            await proxy.send("peer-0", { type: "count", body: n });
            for (let i = 0; i < n; i++) {
              // Awaiting each would wait a turn for nothing; awaiting some keeps the back-pressure.
              const sent = proxy.send("peer-0", { type: "item", body: small });
              if (i % 256 === 255) await sent;
            }
            await proxy.receiveOnce();
          },
          teardown,
        };
      },
    },
    {
      name: "raw, unbatched",
      role: "raw",
      async setup() {
        const { pull, push, child, teardown } = await rawEnds("sink");
        const payload = Buffer.alloc(60, "x");
        return {
          async run(n) {
            child.send(n);
            for (let i = 0; i < n; i++) await push.send(payload);
            await pull.receive();
          },
          teardown,
        };
      },
    },
  ],
};

const payload = Buffer.alloc(60, "x");

/** Group messaging against ZeroMQ itself, both between two processes over ipc. */
export const proxyCases: readonly BenchCase[] = [
  oneWay,
  {
    group: "proxy",
    name: "request, one at a time",
    unit: "ops/s",
    batch: 500,
    latency: true,
    reach: { of: "raw, unbatched", ratio: 0.85 },
    contenders: [troupeEcho(small, 1), rawEcho("raw, unbatched", payload, 1)],
  },
  {
    group: "proxy",
    name: "request, 1,000 in flight",
    unit: "ops/s",
    batch: 5000,
    reach: { of: "raw, unbatched", ratio: 3 },
    contenders: [troupeEcho(small, 1000), rawEcho("raw, unbatched", payload, 1000)],
  },
  {
    group: "proxy",
    name: "request, 1 MiB body and back, 8 in flight",
    unit: "MB/s",
    bytes: 2 * mebibyte.byteLength,
    batch: 20,
    contenders: [troupeEcho(mebibyte, 8), rawEcho("raw, unbatched", mebibyte, 8)],
  },
];
