import { writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { detectInventory, loadTopology, parseTopology, ResourceManager } from "../src/index.js";
import { errorOf, isPending } from "./support.js";

const example = `# Two machines, one with a GPU.
hosts:
  - { name: a, address: 10.0.0.1, cpu: 4, memory: 8GiB, gpu: 1, resources: { camera: 2 }, labels: [fast] }
  - { name: b, address: 10.0.0.2, cpu: 1, memory: 1GiB }
components:
  actor:
    instances: 3
    cpu: 0.5
    memory: 256MiB
    placement: spread
  learner: { cpu: 1, gpu: 1, label: fast }
  viewer: { resources: { camera: 1 }, placement: { policy: address, value: 10.0.0.1 } }
`;

describe("a topology file", () => {
  it("leaves the memory of this machine to what is detected, where it does not say", async () => {
    const { memory } = await detectInventory();
    const memoryOf = async (text: string) => (await parseTopology(text)).hosts.map((host) => host.memory);
    expect(await memoryOf("hosts: [{ name: here, cpu: 2 }]")).toEqual([memory]);
    const two = `hosts: [{ name: other, cpu: 2 }, { name: ${hostname()}, cpu: 2 }]`;
    expect(await memoryOf(two)).toEqual([0, memory]);
    expect(await memoryOf("hosts: [{ name: here, cpu: 2, memory: 1GiB }]")).toEqual(["1GiB"]);
  });

  it("gives each component the CPU that it says, on the hosts that it names", async () => {
    await using harness = await Harness.start();
    const path = join(harness.directory, "troupe.yaml");
    await writeFile(path, example);
    const topology = await loadTopology(path);
    const manager = new ResourceManager({ hosts: topology.hosts });
    const actors = [];
    for (let i = 0; i < 3; i++) actors.push(await topology.allocate(manager, "actor", i));
    expect(actors.map(({ host, cpu, owner }) => [host, cpu, owner])).toEqual([
      ["a", 0.5, "actor-0"],
      ["b", 0.5, "actor-1"],
      ["a", 0.5, "actor-2"],
    ]);
    expect(await topology.allocate(manager, "learner")).toMatchObject({ host: "a", gpus: [{ index: 0 }] });
    expect(await topology.allocate(manager, "viewer")).toMatchObject({ host: "a", resources: { camera: 1 } });
    expect(manager.available().cpu).toBe(5 - 3 * 0.5 - 1);
  });

  it("has instances wait until what they take is free", async () => {
    const topology = await parseTopology("components: { worker: { instances: 2, cpu: 2 } }");
    const manager = new ResourceManager({ hosts: [{ id: "a", cpu: 3, memory: 0 }] });
    const first = await topology.allocate(manager, "worker", 0);
    const second = topology.allocate(manager, "worker", 1);
    expect(await isPending(second)).toBe(true);
    expect(manager.waiting[0]?.owner).toBe("worker-1");
    manager.release(first);
    await second;
  });

  it("means this machine, as it is detected, when it names no hosts", async () => {
    const { hosts } = await parseTopology("components: { a: { cpu: 1 } }");
    expect(hosts).toEqual([{ id: hostname(), ...(await detectInventory()) }]);
  });

  it("may use anchors and aliases", async () => {
    const topology = await parseTopology("components:\n  a: &small { cpu: 0.5 }\n  b: *small\n");
    expect(topology.component("b").request.cpu).toBe(0.5);
  });

  it("has the components that it names, and says so for any other", async () => {
    const topology = await parseTopology(example);
    expect(topology.component("actor")).toMatchObject({
      instances: 3,
      request: { cpu: 0.5, memory: "256MiB" },
    });
    expect(topology.component("learner").instances).toBe(1);
    const error = await errorOf(() => topology.component("lerner"));
    expect(error).toMatchObject({ code: "ERR_CONFIG", details: { known: ["actor", "learner", "viewer"] } });
    expect(error.message).toContain("It has actor, learner, viewer. Did you mean learner?");
    const manager = new ResourceManager({ hosts: topology.hosts });
    expect((await errorOf(topology.allocate(manager, "actor", 3))).message).toContain("from 0 to 2");
  });
});

describe("a topology file that is wrong", () => {
  it.each([
    ["an empty file", "", "1:1", "the file is empty"],
    ["a comment alone", "# nothing\n", "1:1", "the file is empty"],
    ["a syntax error", "hosts: [\n  { name: a", "2:12", ""],
    ["a key twice", "components:\n  a: { cpu: 1, cpu: 2 }", "2:16", "unique"],
    ["an alias of nothing", "components:\n  a: *b", "2:6", "b"],
    ["a list", "- a", "1:1", "expected object"],
    [
      "an unknown key",
      "hosts:\n  - { name: a, cpus: 1, cpu: 1 }",
      "2:16",
      "hosts[0].cpus: is not known; did you mean cpu?",
    ],
    ["an unknown key unlike any", "colour: red", "1:1", "colour: is not known; there are hosts, components"],
    [
      "a negative number",
      "components:\n  actor:\n    cpu: -1",
      "3:10",
      "components.actor.cpu: must be a number from 0",
    ],
    ["NaN", "components: { a: { cpu: .nan } }", "1:25", "components.a.cpu: must be a number"],
    ["infinity", "hosts: [{ name: a, cpu: .inf }]", "1:25", "hosts[0].cpu: must be a number"],
    ["a text for a number", "components: { a: { cpu: two } }", "1:25", "it is 'two'"],
    ["a wrong unit", "components: { a: { memory: 8G } }", "1:28", "components.a.memory: must be bytes"],
    [
      "one and a half GPUs",
      "components: { a: { gpu: 1.5 } }",
      "1:25",
      "components.a.gpu: must be a share of one device",
    ],
    [
      "a host twice",
      "hosts:\n- { name: a, cpu: 1 }\n- { name: a, cpu: 2 }",
      "3:11",
      'hosts[1].name: "a" is the name of another',
    ],
    ["a host without a name", "hosts: [{ cpu: 1 }]", "1:9", "hosts[0].name"],
    ["a host without cores", "hosts: [{ name: a }]", "1:9", "hosts[0].cpu: must be a number"],
    ["no host", "hosts: []", "1:8", "hosts: must list a host"],
    [
      "a policy that is none",
      "components: { a: { placement: sprad } }",
      "1:31",
      "'sprad' is no placement policy",
    ],
    ["no instance", "components: { a: { instances: 0 } }", "1:31", "components.a.instances"],
    ["a component without anything", "components:\n  a:\n", "2:5", "components.a"],
  ])("%s: is refused with its line and column", async (_name, text, at, message) => {
    const error = await errorOf(parseTopology(text, "file.yaml"));
    expect(error.code).toBe("ERR_CONFIG");
    expect(error.message).toContain(`file.yaml:${at} `);
    expect(error.message).toContain(message);
    const [line, column] = at.split(":").map(Number);
    expect(error.details).toMatchObject({ file: "file.yaml", line, column });
  });

  it("is refused with everything that is wrong in it", async () => {
    const error = await errorOf(parseTopology("components:\n  a: { cpu: -1 }\n  b: { gpus: 1 }\n"));
    expect(error.message.split("\n")).toEqual([
      "troupe.yaml:2:13 components.a.cpu: must be a number from 0 to 900719925474; it is -1",
      "troupe.yaml:3:8 components.b.gpus: is not known; did you mean gpu?",
    ]);
    expect(error.details).toMatchObject({ field: "components.a.cpu" });
    expect(error.details["problems"]).toHaveLength(2);
  });

  it("is refused when it is not there", async () => {
    const error = await errorOf(loadTopology("/nowhere/troupe.yaml"));
    expect(error.code).toBe("ERR_CONFIG");
    expect(error.message).toContain("/nowhere/troupe.yaml cannot be read");
  });

  it("is refused when its aliases would make an enormous value", async () => {
    const lines = Array.from({ length: 12 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i}, `.repeat(9)}]`);
    const error = await errorOf(parseTopology(`x0: &x0 [1]\n${lines.join("\n")}`));
    expect(error.code).toBe("ERR_CONFIG");
  });
});
