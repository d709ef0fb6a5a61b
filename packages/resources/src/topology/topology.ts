import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { inspect } from "node:util";

import { suggestion, TroupeError, type WaitOptions } from "@troupe/core";

import type { Allocation } from "../allocation.js";
import type { HostOptions } from "../host/host-options.js";
import { detectInventory } from "../inventory/inventory.js";
import { configError } from "../need.js";
import { parsePolicy } from "../policy/description.js";
import type { ResourceRequest } from "../request.js";
import type { ResourceManager } from "../resource-manager.js";
import { type ComponentEntry, type HostEntry } from "./schema.js";

/** What a component of a topology takes. */
export interface TopologyComponent {
  readonly name: string;
  /** How many of it there are to be. */
  readonly instances: number;
  /** What each instance takes. */
  readonly request: ResourceRequest;
}

/** Which hosts there are, and what the components of a program take: what a `troupe.yaml` says. */
export class Topology {
  /** In the order of the file. */
  readonly components: ReadonlyMap<string, TopologyComponent>;

  constructor(
    /** For messages. */
    readonly file: string,
    /** Those of the file; this machine, by its host name, where the file names none. */
    readonly hosts: readonly HostOptions[],
    components: Readonly<Record<string, ComponentEntry>>,
  ) {
    this.components = new Map(
      Object.entries(components).map(([name, entry]) => [name, componentOf(name, entry)]),
    );
  }

  /** @throws ERR_CONFIG listing the components there are. */
  component(name: string): TopologyComponent {
    const component = this.components.get(name);
    if (component) return component;
    const known = [...this.components.keys()];
    const meant = suggestion(name, known);
    throw new TroupeError(
      "ERR_CONFIG",
      `${this.file} has no component ${inspect(name)}. ` +
        (known.length > 0 ? `It has ${known.join(", ")}.` : "It has none: add it below components.") +
        (meant === undefined ? "" : ` Did you mean ${meant}?`),
      { details: { file: this.file, component: name, known } },
    );
  }

  /**
   * Allocates what the file says for one instance of a component; its holder is `name-0`, `name-1` and so on.
   *
   * @param instance Which one, from 0.
   * @throws ERR_CONFIG for a component or instance that is not in the file, else as `manager.allocate()` does.
   */
  async allocate(
    manager: ResourceManager,
    name: string,
    instance = 0,
    options: WaitOptions = {},
  ): Promise<Allocation> {
    const { instances, request } = this.component(name);
    if (!Number.isInteger(instance) || instance < 0 || instance >= instances)
      throw configError(name, "instance", `must be from 0 to ${instances - 1}; it is ${inspect(instance)}`);
    return manager.allocate({ ...request, owner: `${name}-${instance}` }, options);
  }
}

/**
 * Reads a topology file.
 *
 * @throws ERR_CONFIG when it cannot be read, or for what is wrong in it: `troupe.yaml:12:5 components.actor.cpu: …`.
 */
export async function loadTopology(path = "troupe.yaml"): Promise<Topology> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { message } = error as Error;
    throw new TroupeError("ERR_CONFIG", `The topology file ${path} cannot be read: ${message}.`, {
      details: { file: path },
      cause: error,
    });
  }
  return parseTopology(text, path);
}

/**
 * Reads a topology from a text, and looks at this machine when the text names no hosts, or says nothing of its memory.
 *
 * @param file Names it in messages.
 * @throws ERR_CONFIG
 */
export async function parseTopology(text: string, file = "troupe.yaml"): Promise<Topology> {
  // With the parser of YAML, which most programs do without.
  const { parseEntries } = await import("./parse.js");
  const { hosts, components = {} } = parseEntries(text, file);
  if (!hosts) return new Topology(file, [{ id: hostname(), ...(await detectInventory()) }], components);
  const isHere = ({ name, address }: HostEntry) => hosts.length === 1 || [name, address].includes(hostname());
  const machines = hosts.map(async (host) =>
    hostOf(host, host.memory === undefined && isHere(host) ? (await detectInventory()).memory : 0),
  );
  return new Topology(file, await Promise.all(machines), components);
}

/** @param memory What it has where the file does not say. */
function hostOf({ name, cpu, memory: given, gpu = 0, ...rest }: HostEntry, memory: number): HostOptions {
  return { id: name, cpu, memory: given ?? memory, gpus: gpu, ...rest };
}

function componentOf(name: string, entry: ComponentEntry): TopologyComponent {
  const { instances = 1, placement, ...amounts } = entry;
  const policy = placement === undefined ? undefined : parsePolicy(placement);
  return { name, instances, request: { ...amounts, policy } };
}
