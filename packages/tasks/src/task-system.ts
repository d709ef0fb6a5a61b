import { ActorSystem, type ActorSystemOptions } from "@troupe/actors";

import { poolProgram, TaskRuntime } from "./runtime.js";

/** A cluster on this machine with actors and tasks in it. */
export interface TaskSystem extends AsyncDisposable {
  readonly system: ActorSystem;
  readonly tasks: TaskRuntime;
  close(): Promise<void>;
}

/** Starts a cluster whose pools run tasks as well as actors. @throws ERR_CONFIG */
export async function startTasks(options: ActorSystemOptions = {}): Promise<TaskSystem> {
  const system = await ActorSystem.start({ program: poolProgram, ...options });
  const { cluster } = system;
  const tasks = TaskRuntime.inDriver(cluster);
  const close = async () => {
    await tasks.close();
    await system.close();
  };
  return { system, tasks, close, [Symbol.asyncDispose]: close };
}
