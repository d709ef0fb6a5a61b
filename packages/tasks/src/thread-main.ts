/**
 * What threads of a pool run for tasks with `isolation: "thread"`.
 *
 * @module
 */
import { decode, encode, importTypeScript } from "@troupe/core";

import { loadTask } from "./definition/load-task.js";
import type { ThreadResult, ThreadRun } from "./runner/threads.js";
import { shared } from "./shared.js";
import { asError } from "./submit/errors.js";

shared.isThread = true;
await importTypeScript();

export default async function runInThread(task: Uint8Array): Promise<ThreadResult> {
  try {
    const { module, name, args } = decode(task) as ThreadRun;
    const fn = await loadTask(module, name, "a thread");
    return { ok: true, bytes: encode(await fn(...args)) };
  } catch (error) {
    return { ok: false, bytes: encode(asError(error)) };
  }
}
