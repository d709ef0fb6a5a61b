// Actors that use a parameter server which they got in a message.
import { defineActor } from "@troupe/actors";

export class Client {
  held = [];

  pid() {
    return process.pid;
  }

  /** What it pulls: the version, and the first number of each tensor. */
  async pull(server, tag, options) {
    const pulled = await server.pull(tag, options);
    return pulled && { version: pulled.version, info: pulled.info, first: firsts(pulled.tensors) };
  }

  push(server, tag, value, length, options) {
    return server.push(tag, tensors(value, length), options);
  }

  /** @param value Of all gradients, or the gradients. */
  apply(server, tag, value, length, { dies = false, ...options }) {
    const gradients = typeof value === "number" ? tensors(value, length) : value;
    const applied = server.apply(tag, gradients, options);
    // Once the captain has them, which answers one after the other.
    if (dies) void server.list().then(() => this.die());
    return applied;
  }

  /** Keeps a version. */
  async keep(server, tag) {
    this.held.push(await server.pull(tag));
  }

  /** What it has of the kept ones now. */
  kept() {
    return this.held.map(({ version, tensors }) => [version, ...new Set(numbers(tensors))]);
  }

  spoil() {
    for (const { tensors } of this.held) for (const { data } of Object.values(tensors)) data.fill(-1);
  }

  /** Pulls again and again until there is that version: how many it saw, and whether each was whole and newer. */
  async follow(server, tag, last) {
    let version = 0;
    let count = 0;
    while (version < last) {
      const pulled = await server.pull(tag, { newerThan: version, timeout: Infinity });
      const seen = new Set(numbers(pulled.tensors));
      if (seen.size !== 1 || !seen.has(pulled.version)) return `version ${pulled.version} has ${[...seen]}`;
      if (pulled.version <= version) return `version ${pulled.version} came after ${version}`;
      version = pulled.version;
      count++;
    }
    return count;
  }

  die() {
    process.kill(process.pid, "SIGKILL");
  }
}

defineActor(Client, { module: import.meta.url });

/** Two tensors of one number. */
export function tensors(value, length = 4) {
  return {
    kernel: { data: new Float32Array(length).fill(value), shape: [length / 2, 2] },
    bias: { data: new Float32Array(3).fill(value), shape: [3] },
  };
}

function numbers(named) {
  return Object.values(named).flatMap(({ data }) => [data[0], data[data.length >> 1], data.at(-1)]);
}

function firsts(named) {
  return Object.fromEntries(Object.entries(named).map(([name, { data }]) => [name, data[0]]));
}
