import { resolve } from "node:path";

import { checkOptions, type OptionRules, TroupeError, type WaitOptions, withDeadline } from "@troupe/core";

import { checkWait } from "../../check-wait.js";
import { detectInventory } from "../../inventory/inventory.js";
import { ResourceManager } from "../../resource-manager.js";
import type { Launched, Launcher, LaunchRequest } from "../launcher.js";
import { checkId, textRule } from "../checks.js";
import { type ParsedRequest, parseRequest } from "../parse-request.js";
import { LaunchedProcess } from "./launched-process.js";
import { Warden } from "./warden.js";

/** Options of {@link processLauncher}. */
export interface ProcessLauncherOptions {
  /** Directory, made if need be, with a file `<id>.log` of the output of each. Default: it goes where this program's goes. */
  readonly logs?: string | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. Default: 10,000. */
  readonly grace?: number | undefined;
}

/** A launcher on this machine. What it launched ends with it, and with this process, whatever ends that. */
export interface ProcessLauncher extends Launcher, AsyncDisposable {
  /** Ends all that it launched, and launches nothing more. Idempotent. */
  close(): Promise<void>;
}

/** Ended ones that are remembered. */
const remembered = 1_000;

/**
 * Launches processes on this machine, each in a group of its own. They get the variables of this process and its
 * working directory, do not keep it alive, and end with it.
 *
 * The machine is not divided among them: `cpu`, `memory` and `gpu` are held against what it has, and no more.
 *
 * @throws ERR_CONFIG for options that are none
 */
export function processLauncher(options: ProcessLauncherOptions = {}): ProcessLauncher {
  return new Processes(options);
}

const rules: OptionRules<ProcessLauncherOptions> = {
  logs: textRule,
  grace: { must: "milliseconds, from 0", holds: (value) => Number.isFinite(value) && Number(value) >= 0 },
};

class Processes implements ProcessLauncher {
  readonly #all = new Map<string, LaunchedProcess>();
  readonly #logs: string | undefined;
  readonly #grace: number;
  #warden: Warden | undefined;
  #count = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ProcessLauncherOptions) {
    const { logs, grace = 10_000 } = checkOptions<ProcessLauncherOptions>(
      "processLauncher()",
      options,
      rules,
    );
    this.#logs = logs === undefined ? undefined : resolve(logs);
    this.#grace = grace;
  }

  async launch(request: LaunchRequest, options: WaitOptions = {}): Promise<Launched> {
    const parsed = parseRequest(request);
    checkWait("launch()", options);
    await withDeadline("launch()", checkRoom(parsed), options);
    if (this.#closed) throw closed();
    const id = `${parsed.name}-${++this.#count}`;
    const log = this.#logs === undefined ? undefined : resolve(this.#logs, `${id}.log`);
    const launched = await LaunchedProcess.start(id, parsed, { log, grace: this.#grace });
    if (this.#closed) {
      launched.end({ state: "stopped" });
      await launched.ended;
      throw closed();
    }
    this.#keep(launched);
    return launched.now;
  }

  async stop(id: string, options: WaitOptions = {}): Promise<boolean> {
    checkId(id, /^[\w.-]+-\d+$/, "host-1");
    checkWait("stop()", options);
    const launched = this.#all.get(id);
    if (!launched?.isRunning) return false;
    launched.end({ state: "stopped" });
    await withDeadline(`the end of ${id}`, launched.ended, options);
    return true;
  }

  async list(options: WaitOptions = {}): Promise<Launched[]> {
    checkWait("list()", options);
    return [...this.#all.values()].map(({ now }) => now);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #keep(launched: LaunchedProcess): void {
    const { id, pid } = launched;
    const warden = (this.#warden ??= new Warden(this.#grace));
    warden.add(pid);
    this.#all.set(id, launched);
    void launched.ended.then(() => {
      warden.drop(pid);
      this.#forget();
    });
  }

  #forget(): void {
    const ended = [...this.#all.values()].filter(({ isRunning }) => !isRunning);
    for (const { id } of ended.slice(0, -remembered)) this.#all.delete(id);
  }

  async #close(): Promise<void> {
    const running = [...this.#all.values()].filter(({ isRunning }) => isRunning);
    for (const launched of running) launched.end({ state: "stopped" });
    await Promise.all(running.map(({ ended }) => ended));
    await this.#warden?.close();
  }
}

/** @throws ERR_NO_RESOURCES for more than this machine has */
async function checkRoom({ cpu, memory, gpu }: ParsedRequest): Promise<void> {
  if (cpu + memory + gpu === 0) return;
  const manager = new ResourceManager({ hosts: [{ id: "this machine", ...(await detectInventory()) }] });
  // All of it is free, so it is given at once, or never.
  await manager.allocate({ cpu, memory, gpu });
}

function closed(): TroupeError {
  return new TroupeError("ERR_CLOSED", "The launcher was closed, and launches nothing more.");
}
