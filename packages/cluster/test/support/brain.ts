import type { Actor } from "../../src/brain/actor-tree.js";
import { Brain } from "../../src/brain/brain.js";
import type { ProcessEntry } from "../../src/brain/process-table.js";
import type { PlaceRequest } from "../../src/node/brain-port.js";

/** A brain with so many pools that run, and what it told. */
export class TestBrain {
  readonly told: string[] = [];
  readonly brain = new Brain({
    onChange: (actor, event, reason, watchers) => {
      const heard = [...watchers].join("+");
      this.told.push([actor.path, event, reason, heard && `to ${heard}`].filter(Boolean).join(" "));
    },
    onOrphan: (actor, reason) => this.told.push(`stop ${actor.path}, as ${reason}`),
    onLost: (actor) => {
      if (actor.state === "dormant") this.told.push(`${actor.path} may be made again`);
    },
  });

  constructor(pools: number, labels: readonly (string | undefined)[] = []) {
    for (let pool = 0; pool < pools; pool++) {
      const name = `pool-${pool}`;
      const entry = this.brain.processes.add({ name, kind: "pool", host: "host-0", label: labels[pool] });
      this.up(entry, 100 + pool);
    }
  }

  get tree() {
    return this.brain.tree;
  }

  up(entry: ProcessEntry, pid: number): void {
    const { name } = entry;
    const process = { host: "here", pid, startTime: 1 };
    const endpoint = `ipc:///${name}`;
    this.brain.processes.up(entry, {
      name,
      component: "pool",
      endpoint,
      incarnation: `${name}.${pid}`,
      process,
    });
  }

  lose(name: string, reason = "was killed by SIGKILL"): void {
    const entry = this.brain.processes.get(name)!;
    const pid = entry.pid!;
    this.brain.lost(entry, { process: name, pid, exitCode: null, signal: "SIGKILL", stderr: [], reason });
  }

  /** Places an actor and lets it live. */
  make(request: Partial<PlaceRequest> = {}): Actor {
    const { actor } = this.brain.place({ class: "Worker", creator: "driver-0", ...request });
    this.tree.started(actor.id);
    return actor;
  }
}
