import { type Contender, PeerMissing } from "../case.js";
import { coldStart, gaugeOf, Program, speedOf } from "../program.js";

/** The Python that has the peers: a virtual environment's, say. */
const python = process.env["TROUPE_BENCH_PYTHON"] ?? "python3";

/** What a library of Python does, measured by its program in `programs/`. */
export interface PythonPeer {
  /** A case of the program. */
  speed(name: string): Contender;
  /** A figure that the program reads. */
  gauge(name: string): Contender;
  /** A cold start, up to the first operation of a case. */
  cold(name: string): Contender;
}

export const ray = peer("Ray", "ray-peer.py");
export const rayTasks = peer("Ray", "ray-tasks-peer.py");
export const xoscar = peer("Xoscar", "xoscar-peer.py");

function peer(library: string, program: string): PythonPeer {
  const start = async () => {
    const path = new URL(`../programs/${program}`, import.meta.url).pathname;
    try {
      // Nothing is left beside the program, by it or by the processes that the library starts.
      return await Program.start(python, [path], { PYTHONDONTWRITEBYTECODE: "1" });
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error;
      throw new PeerMissing(`${error.message}; TROUPE_BENCH_PYTHON may name a Python that has it`);
    }
  };
  const contender = (setup: Contender["setup"]): Contender => ({ name: library, role: "peer", setup });
  return {
    speed: (name) => contender(async () => speedOf(await start(), name)),
    gauge: (name) => contender(async () => gaugeOf(await start(), name)),
    cold: (name) => contender(() => coldStart(start, name)),
  };
}
