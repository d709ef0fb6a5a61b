import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { noLeftovers } from "@troupe/testkit";
import { it } from "vitest";

noLeftovers({ patience: 200 });

it("leaves an entry, a child and a listening server", async () => {
  writeFileSync(`${process.env.TROUPE_RUNTIME_DIR}/forgotten`, "");
  // Ends with its input, and so with this process: a hook would not run after one that fails.
  spawn("cat");
  await new Promise((resolve) => createServer().listen(0, "127.0.0.1", resolve));
});
