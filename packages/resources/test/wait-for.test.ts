import { describe, expect, it } from "vitest";

import { ResourceManager } from "../src/index.js";
import { errorOf, host, isPending } from "./support.js";

describe("requests that wait for each other", () => {
  it("are found out: the one that closes the cycle is refused, and the cycle is named", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 2 })] });
    await manager.allocate({ cpu: 1, owner: "a" });
    const held = await manager.allocate({ cpu: 1, owner: "b" });
    const first = manager.allocate({ cpu: 1, owner: "a" });
    const error = await errorOf(manager.allocate({ cpu: 1, owner: "b" }));
    expect(error.code).toBe("ERR_DEADLOCK");
    expect(error.message).toContain("b waits for cpu held by a, a waits for cpu held by b");
    expect(error.details["cycle"]).toEqual([
      { owner: "b", waitsFor: "cpu", heldBy: "a" },
      { owner: "a", waitsFor: "cpu", heldBy: "b" },
    ]);
    expect(await isPending(first)).toBe(true);
    manager.release(held);
    expect(await first).toMatchObject({ owner: "a" });
  });

  it("are found out over several kinds and owners", async () => {
    const manager = new ResourceManager({
      hosts: [host("a", { cpu: 1, gpus: 1, resources: { camera: 1 } })],
    });
    await manager.allocate({ cpu: 1, owner: "a" });
    await manager.allocate({ gpu: 1, owner: "b" });
    await manager.allocate({ resources: { camera: 1 }, owner: "c" });
    void manager.allocate({ gpu: 0.5, owner: "a" });
    void manager.allocate({ resources: { camera: 1 }, owner: "b" });
    const error = await errorOf(manager.allocate({ cpu: 0.1, owner: "c" }));
    expect(error.message).toContain(
      "c waits for cpu held by a, a waits for gpu held by b, b waits for camera held by c",
    );
  });

  it("are told apart from holders: who waits is by, who will hold is owner", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 1 })] });
    await manager.allocate({ cpu: 1, owner: "parent" });
    const error = await errorOf(manager.allocate({ cpu: 1, owner: "child", by: "parent" }));
    expect(error.message).toContain("parent waits for cpu held by parent");
    // The child, which does not exist yet, keeps nobody waiting.
    const waiting = manager.allocate({ cpu: 1, owner: "child" });
    expect(await isPending(waiting)).toBe(true);
  });

  it("are left alone as long as somebody can give back what one of them needs", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 3 })] });
    await manager.allocate({ cpu: 1, owner: "a" });
    await manager.allocate({ cpu: 1, owner: "b" });
    const other = await manager.allocate({ cpu: 1, owner: "c" });
    const first = manager.allocate({ cpu: 1, owner: "a" });
    const second = manager.allocate({ cpu: 1, owner: "b" });
    expect(await isPending(second)).toBe(true);
    manager.release(other);
    const granted = await first;
    // Now a does not wait any more, and will give back what b needs.
    expect(await isPending(second)).toBe(true);
    manager.release(granted);
    await second;
  });

  it("are left alone when nobody knows who holds it", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 2 })] });
    const held = await manager.allocate({ cpu: 1 });
    await manager.allocate({ cpu: 1, owner: "a" });
    const waiting = manager.allocate({ cpu: 1, owner: "a" });
    expect(await isPending(waiting)).toBe(true);
    manager.release(held);
    await waiting;
  });

  it("are found out when the last who could have given way comes to wait", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 3 })] });
    for (const owner of ["a", "b", "c"]) await manager.allocate({ cpu: 1, owner });
    void manager.allocate({ cpu: 1, owner: "a" });
    void manager.allocate({ cpu: 1, owner: "b" });
    expect((await errorOf(manager.allocate({ cpu: 1, owner: "c" }))).code).toBe("ERR_DEADLOCK");
    expect(manager.waiting.map(({ owner }) => owner)).toEqual(["a", "b"]);
  });

  it("are found out when a grant closes the cycle", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 2, gpus: 1 })] });
    await manager.allocate({ gpu: 1, owner: "a" });
    await manager.allocate({ cpu: 1, owner: "c" });
    const driver = await manager.allocate({ cpu: 1 });
    // What the driver asks for is to be held by b.
    const forB = manager.allocate({ cpu: 1, owner: "b", by: "driver" });
    const a = errorOf(manager.allocate({ cpu: 2, owner: "a" }));
    const b = errorOf(manager.allocate({ gpu: 1, owner: "b" }));
    manager.release(driver);
    await forB;
    const first = await Promise.race([a, b]);
    expect(first.code).toBe("ERR_DEADLOCK");
    expect(manager.waiting).toHaveLength(1);
  });

  it("are found out in placement groups", async () => {
    const manager = new ResourceManager({ hosts: [host("a"), host("b")] });
    await manager.placementGroup([{ cpu: 3 }, { cpu: 3 }], "strict-spread", { owner: "one" });
    const error = await errorOf(
      manager.placementGroup([{ cpu: 2 }, { cpu: 2 }], "strict-spread", { owner: "one" }),
    );
    expect(error.code).toBe("ERR_DEADLOCK");
    expect(error.message).toContain("one waits for cpu held by one");
  });
});

describe("order", () => {
  it("gives way to who holds what those ahead of him wait for", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 2, gpus: 1 })] });
    const gpu = await manager.allocate({ gpu: 1, owner: "a" });
    const head = manager.allocate({ gpu: 1, owner: "b" });
    // Before a has its core it will not give back the device, so b loses nothing.
    const core = await manager.allocate({ cpu: 1, owner: "a" });
    expect(await isPending(head)).toBe(true);
    expect(manager.tryAllocate({ cpu: 1 })).toBeUndefined();
    manager.release(gpu);
    await head;
    manager.release(core);
  });

  it("gives way as well when what he needs becomes free only later", async () => {
    const manager = new ResourceManager({ hosts: [host("a", { cpu: 1, gpus: 1 })] });
    await manager.allocate({ gpu: 1, owner: "a" });
    const other = await manager.allocate({ cpu: 1, owner: "c" });
    const head = manager.allocate({ gpu: 1, owner: "b" });
    const behind = manager.allocate({ cpu: 1, owner: "d" });
    const passes = manager.allocate({ cpu: 1, owner: "a" });
    expect(await isPending(passes)).toBe(true);
    manager.release(other);
    expect(await passes).toMatchObject({ owner: "a" });
    expect(await isPending(behind)).toBe(true);
    expect(await isPending(head)).toBe(true);
  });
});
